//! A case: a document and a request, and what is measured of it.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// One case.
pub struct Case {
    pub name: String,
    pub is_trust: bool,
    pub document: String,
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub account: String,
    pub context: Vec<(String, String)>,
    pub measure: Vec<String>,
}

/// Reads the cases of a file.
pub fn read(text: &str) -> Result<Vec<Case>> {
    let cases: Value = serde_json::from_str(text)?;
    let cases = cases.as_array().context("a list of cases")?;
    cases.iter().map(Case::new).collect()
}

impl Case {
    fn new(value: &Value) -> Result<Self> {
        let text = |name: &str| -> Result<String> {
            let found = value[name].as_str();
            Ok(found.with_context(|| format!("`{name}` is a text"))?.to_owned())
        };
        let context = value["context"].as_object().context("`context` is an object")?;
        let measure = value["measure"].as_array().context("`measure` is a list")?;
        let string = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        Ok(Self {
            name: text("name")?,
            is_trust: text("kind")? == "trust",
            document: value["document"].to_string(),
            principal: text("principal")?,
            action: text("action")?,
            resource: text("resource")?,
            account: text("account")?,
            context: context
                .iter()
                .map(|(key, value)| Ok((key.clone(), string(value)?)))
                .collect::<Result<_>>()?,
            measure: measure.iter().map(string).collect::<Result<_>>()?,
        })
    }
}
