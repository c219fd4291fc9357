//! Keywords, read into rules; those that cannot be used are told.

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use super::rules::{Limit, Rules};
use crate::values::pattern;

/// So many different patterns fit into a definition: each has room of its own for as long as the
/// definition is there. Published definitions have some dozens.
const MOST_PATTERNS: usize = 500;

/// A keyword that cannot be used, and why.
#[derive(Clone, Debug)]
pub(crate) struct CheckFault {
    /// Where, from the schema on: `anyOf[0].pattern`.
    pub(crate) path: String,
    /// What it is.
    pub(crate) value: Value,
    /// What it must be.
    pub(crate) detail: String,
}

/// Reads keywords. It knows each pattern that it has compiled: a runner's schema repeats the pattern
/// of quantities some hundred times.
#[derive(Debug, Default)]
pub(crate) struct CheckBuilder {
    patterns: HashMap<Box<str>, Result<Arc<Regex>, String>>,
    faults: Vec<CheckFault>,
}

impl CheckBuilder {
    /// The rules of a schema's own keywords; its fields and elements are schemas of their own.
    pub(crate) fn rules(&mut self, keywords: &Map<String, Value>) -> (Rules, Vec<CheckFault>) {
        let mut rules = Rules::default();
        for (keyword, value) in keywords {
            self.keyword(&mut rules, keyword, value, keywords, "");
        }
        (rules, std::mem::take(&mut self.faults))
    }

    /// The rules of a schema inside of a junctor, with all that it says.
    fn nested(&mut self, schema: &Value, path: &str) -> Rules {
        let mut rules = Rules::default();
        let Value::Object(keywords) = schema else {
            self.fault(path, schema, "must be a schema");
            return rules;
        };
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                ("type", Value::String(kind)) => rules.kinds.push(kind.as_str().into()),
                ("required", Value::Array(names)) => {
                    let names = names.iter().filter_map(Value::as_str);
                    rules.required = names.map(Into::into).collect();
                }
                ("properties", Value::Object(fields)) => {
                    for (name, field) in fields {
                        let nested = self.nested(field, &format!("{path}.properties[{name}]"));
                        rules.fields.insert(name.as_str().into(), nested);
                    }
                }
                ("items", items) => {
                    let nested = self.nested(items, &format!("{path}.items"));
                    rules.elements = Some(Box::new(nested));
                }
                _ => self.keyword(&mut rules, keyword, value, keywords, path),
            }
        }
        rules
    }

    fn keyword(
        &mut self,
        rules: &mut Rules,
        keyword: &str,
        value: &Value,
        all: &Map<String, Value>,
        path: &str,
    ) {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{keyword}");
        let is_exclusive = |keyword: &str| all.get(keyword) == Some(&Value::Bool(true));
        match keyword {
            "enum" => match value {
                Value::Array(values) => rules.values.clone_from(values),
                other => self.fault(&path, other, "must be a list of values"),
            },
            "minimum" => {
                rules.minimum = self.limit(value, is_exclusive("exclusiveMinimum"), &path);
            }
            "maximum" => {
                rules.maximum = self.limit(value, is_exclusive("exclusiveMaximum"), &path);
            }
            "multipleOf" => {
                rules.multiple_of = self
                    .limit(value, false, &path)
                    .map(|limit| limit.number)
                    .filter(|number| *number > 0.0);
            }
            "minLength" => rules.lengths.least = self.count(value, &path),
            "maxLength" => rules.lengths.most = self.count(value, &path),
            "minItems" => rules.items.least = self.count(value, &path),
            "maxItems" => rules.items.most = self.count(value, &path),
            "minProperties" => rules.properties.least = self.count(value, &path),
            "maxProperties" => rules.properties.most = self.count(value, &path),
            "pattern" => rules.pattern = self.pattern(value, &path),
            "allOf" => rules.all_of = self.junctor(value, &path),
            "anyOf" => rules.any_of = self.junctor(value, &path),
            "oneOf" => rules.one_of = self.junctor(value, &path),
            "not" => rules.not = Some(Box::new(self.nested(value, &path))),
            // Words for people, and what the shape says.
            _ => {}
        }
    }

    fn junctor(&mut self, value: &Value, path: &str) -> Vec<Rules> {
        let Value::Array(schemas) = value else {
            self.fault(path, value, "must be a list of schemas");
            return Vec::new();
        };
        let schemas = schemas.iter().enumerate();
        schemas
            .map(|(index, schema)| self.nested(schema, &format!("{path}[{index}]")))
            .collect()
    }

    fn pattern(&mut self, value: &Value, path: &str) -> Option<(Box<str>, Arc<Regex>)> {
        let Value::String(text) = value else {
            self.fault(path, value, "must be a text");
            return None;
        };
        if self.patterns.len() >= MOST_PATTERNS && !self.patterns.contains_key(text.as_str()) {
            let detail = format!("must be one of at most {MOST_PATTERNS} different patterns");
            self.fault(path, value, &detail);
            return None;
        }
        let compiled = self
            .patterns
            .entry(text.as_str().into())
            .or_insert_with(|| pattern::compile(text).map(Arc::new))
            .clone();
        match compiled {
            Ok(regex) => Some((text.as_str().into(), regex)),
            Err(why) => {
                let detail = format!("must be a valid regular expression, but isn't: {why}");
                self.fault(path, value, &detail);
                None
            }
        }
    }

    fn limit(&mut self, value: &Value, is_exclusive: bool, path: &str) -> Option<Limit> {
        let Some(number) = value.as_f64() else {
            self.fault(path, value, "must be a number");
            return None;
        };
        Some(Limit {
            number,
            is_exclusive,
        })
    }

    fn count(&mut self, value: &Value, path: &str) -> Option<u64> {
        let count = value.as_u64();
        if count.is_none() {
            self.fault(path, value, "must be a whole number, 0 or more");
        }
        count
    }

    fn fault(&mut self, path: &str, value: &Value, detail: &str) {
        self.faults.push(CheckFault {
            path: path.to_owned(),
            value: value.clone(),
            detail: detail.to_owned(),
        });
    }
}
