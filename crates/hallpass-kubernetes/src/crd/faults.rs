//! What is wrong with a definition, gathered while it is read to its end.

use std::fmt::Display;

use serde_json::Value;

use crate::cause::Cause;
use crate::values::type_of;

/// More of them help nobody.
const MOST: usize = 200;

/// What is wrong, and what is to be told.
#[derive(Debug, Default)]
pub(super) struct Faults {
    causes: Vec<Cause>,
    warnings: Vec<String>,
}

impl Faults {
    pub(super) fn add(&mut self, cause: Cause) {
        if self.causes.len() < MOST {
            self.causes.push(cause);
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if self.warnings.len() < MOST && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Cause>, Vec<String>) {
        (self.causes, self.warnings)
    }

    /// The text of a field that must be given.
    pub(super) fn text(&mut self, of: &Value, name: &str, path: &str) -> Box<str> {
        match of.get(name) {
            None | Some(Value::Null) => self.add(Cause::required(path, "")),
            Some(Value::String(text)) if text.is_empty() => self.add(Cause::required(path, "")),
            Some(Value::String(text)) => return text.as_str().into(),
            Some(other) => self.mistyped(path, "string", other),
        }
        Box::default()
    }

    /// The text of a field that may be absent.
    pub(super) fn optional_text(
        &mut self,
        of: &Value,
        name: &str,
        path: impl Display,
    ) -> Option<Box<str>> {
        match of.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.as_str().into()),
            other => {
                self.mistyped(path, "string", other);
                None
            }
        }
    }

    /// Whether the field is `true`; absent is `false`.
    pub(super) fn flag(&mut self, of: &Value, name: &str, path: impl Display) -> bool {
        match of.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.mistyped(path, "boolean", other);
                false
            }
        }
    }

    /// The texts of a field, none if it is absent.
    pub(super) fn texts(&mut self, of: &Value, name: &str, path: &str) -> Vec<Box<str>> {
        match of.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => items
                .iter()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect(),
            Some(other) => {
                self.add(Cause::invalid(path, other, "must be a list of texts"));
                Vec::new()
            }
        }
    }

    pub(super) fn mistyped(&mut self, path: impl Display, wanted: &str, found: &Value) {
        self.add(Cause::mistyped(path, wanted, type_of(found)));
    }
}
