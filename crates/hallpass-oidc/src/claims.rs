//! The claims of a token, as they stand in it.
//!
//! Source: RFC 7519 section 4.

use serde_json::{Map, Value};

use crate::error::TokenError;
use crate::json::kind;

/// The claims of a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// A claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All claims, in the order in which they stand.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The subject.
    pub fn sub(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The authorised party.
    pub fn azp(&self) -> Option<&str> {
        self.text("azp")
    }

    /// The audiences: a list, or one alone.
    pub fn aud(&self) -> Vec<&str> {
        self.texts("aud")
    }

    /// The strings of a claim that is a string or a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A claim that must be there, and a string.
    pub(crate) fn required_text(&self, name: &'static str) -> Result<&str, TokenError> {
        match self.get(name) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(TokenError::ClaimType {
                name,
                wanted: "a string",
                found: kind(other),
            }),
            None => Err(TokenError::MissingClaim { name }),
        }
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_audience_is_a_list_or_one_alone() {
        let aud = |value: Value| {
            let claims = Claims(Map::from_iter([("aud".to_owned(), value)]));
            claims
                .aud()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(aud(json!("a")), ["a"]);
        assert_eq!(aud(json!(["a", "b"])), ["a", "b"]);
        assert_eq!(aud(json!([])), [""; 0]);
        assert_eq!(aud(json!(7)), [""; 0]);
    }
}
