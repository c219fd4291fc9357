//! `fieldsV1`: a set of fields as JSON.
//!
//! Source: Kubernetes API reference, "ObjectMeta", `FieldsV1`: each key is `.` for the field itself,
//! or an element (`f:`, `k:`, `v:`, `i:`) that maps to what is below it.

use serde_json::{Map, Value};
use thiserror::Error;

use super::element::PathElement;
use super::set::FieldSet;

/// Why a value is no `fieldsV1`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldsError {
    /// Its key tells no element.
    #[error("`{0}` is no path element: it begins with `f:`, `k:`, `v:` or `i:`")]
    Element(String),
    /// It is no object of objects.
    #[error("fieldsV1 is made of objects")]
    Form,
}

impl FieldSet {
    /// Reads `fieldsV1`.
    pub fn from_fields_v1(fields: &Value) -> Result<Self, FieldsError> {
        Ok(read(fields)?.1)
    }

    /// Writes `fieldsV1`.
    pub fn to_fields_v1(&self) -> Value {
        Value::Object(self.written(false))
    }

    fn written(&self, is_member: bool) -> Map<String, Value> {
        let mut fields = Map::new();
        if is_member {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (element, node) in self.iter() {
            // A member with nothing below it is just that: no dot.
            let is_member = node.is_member && !node.below.is_empty();
            let below = node.below.written(is_member);
            fields.insert(element.to_fields_v1(), Value::Object(below));
        }
        fields
    }
}

/// Whether the field itself is in the set, and what is below it.
fn read(fields: &Value) -> Result<(bool, FieldSet), FieldsError> {
    let Value::Object(fields) = fields else {
        return Err(FieldsError::Form);
    };
    let mut set = FieldSet::default();
    for (key, below) in fields {
        if key == "." {
            continue;
        }
        let element = PathElement::parse(key)?;
        let (is_member, below) = read(below)?;
        let is_member = is_member || below.is_empty();
        // Two spellings of one key are one element.
        let mut one = FieldSet::default();
        one.put(element, is_member, below);
        set.extend(&one);
    }
    Ok((fields.contains_key("."), set))
}
