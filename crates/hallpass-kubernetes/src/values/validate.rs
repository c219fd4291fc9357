//! Whether a custom object is what its schema says; what is said where it is not.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! validation; the messages are those of the API server's JSON schema library.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::formats;
use crate::cause::Cause;
use crate::place::Place;
use crate::{ListTopology, Schema, Shape};

/// More of them help nobody.
const MOST_CAUSES: usize = 1000;

/// What is wrong with the object; nothing, if it is what the schema says.
///
/// Fields that the schema does not name are none of its business: [`prune`](super::prune) comes before.
pub fn validate(value: &Value, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(value, schema, Place::Root, false, &mut causes);
    causes
}

/// The name of the value's type in JSON schema.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether it is a whole number, however it is written: `1`, `1.0`.
pub(crate) fn is_integer(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|number| number.is_finite() && number.fract() == 0.0),
        _ => false,
    }
}

/// `is_built_in`: the schema is that of a Go type, to which `null` is nothing.
fn walk(
    value: &Value,
    schema: &Schema,
    place: Place<'_>,
    is_built_in: bool,
    causes: &mut Vec<Cause>,
) {
    if causes.len() >= MOST_CAUSES {
        return;
    }
    let is_built_in = is_built_in || matches!(schema.shape, Shape::Reference(_));
    let resolved = schema.resolve();
    if value.is_null() {
        if !(is_built_in || resolved.is_nullable || matches!(resolved.shape, Shape::Any)) {
            causes.push(Cause::mistyped(place, wanted(&resolved.shape), "null"));
        }
        return;
    }
    if !is_of(value, &resolved.shape) {
        let wanted = wanted(&resolved.shape);
        causes.push(Cause::mistyped(place, wanted, type_of(value)));
        return;
    }
    inside(value, &resolved.shape, place, is_built_in, causes);
    if let Some(checks) = &schema.checks {
        checks.rules.check(value, place, causes);
    }
}

fn inside(
    value: &Value,
    shape: &Shape,
    place: Place<'_>,
    is_built_in: bool,
    causes: &mut Vec<Cause>,
) {
    match (value, shape) {
        (Value::String(text), Shape::String(format)) if !formats::is_text_of(format, text) => {
            causes.push(Cause::mistyped(place, format, text));
        }
        (Value::Number(_), Shape::Integer(format) | Shape::Number(format))
            if !formats::is_number_of(format, value) =>
        {
            let detail = format!("{place} in body must be of type {format}: {value}");
            causes.push(Cause::invalid(place, value, &detail));
        }
        (
            Value::Array(found),
            Shape::List {
                items, topology, ..
            },
        ) => {
            for (index, item) in found.iter().enumerate() {
                walk(item, items, place.index(index), is_built_in, causes);
            }
            duplicates(found, topology, items, place, causes);
        }
        (Value::Object(found), Shape::Map { values, .. }) => {
            for (name, value) in found {
                walk(value, values, place.field(name), is_built_in, causes);
            }
        }
        (
            Value::Object(found),
            Shape::Struct {
                fields, required, ..
            },
        ) => {
            // Go has a zero value for what a client leaves out, and its own validation for the rest.
            if !is_built_in {
                for name in required {
                    if !found.contains_key(name.as_ref()) {
                        causes.push(Cause::required(place.field(name), ""));
                    }
                }
            }
            for (name, value) in found {
                if let Some(field) = fields.get(name.as_str()) {
                    walk(value, field, place.field(name), is_built_in, causes);
                }
            }
        }
        // Nothing inside.
        _ => {}
    }
}

/// Elements that are told apart by nothing.
fn duplicates(
    found: &[Value],
    topology: &ListTopology,
    items: &Schema,
    place: Place<'_>,
    causes: &mut Vec<Cause>,
) {
    let mut seen = HashSet::new();
    match topology {
        ListTopology::Atomic => {}
        ListTopology::Set => {
            for (index, item) in found.iter().enumerate() {
                if !seen.insert(item) {
                    causes.push(Cause::duplicate(place.index(index), item));
                }
            }
        }
        ListTopology::Map(keys) => {
            let mut seen = HashSet::new();
            for (index, item) in found.iter().enumerate() {
                let key = key_of(item, keys, items);
                if !seen.insert(key.to_string()) {
                    causes.push(Cause::duplicate(place.index(index), &key));
                }
            }
        }
    }
}

/// The fields that tell the element, defaults included.
fn key_of(item: &Value, keys: &[Box<str>], items: &Schema) -> Value {
    let items = items.resolve();
    let default = |key: &str| match &items.shape {
        Shape::Struct { fields, .. } => fields.get(key)?.default.clone(),
        _ => None,
    };
    let mut found = Map::new();
    for key in keys {
        let given = item.get(key.as_ref()).filter(|value| !value.is_null());
        if let Some(value) = given.cloned().or_else(|| default(key)) {
            found.insert(key.as_ref().to_owned(), value);
        }
    }
    Value::Object(found)
}

fn is_of(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Reference(_) => true,
        Shape::Boolean => value.is_boolean(),
        Shape::Integer(_) => is_integer(value),
        Shape::IntOrString => value.is_string() || is_integer(value),
        Shape::List { .. } => value.is_array(),
        Shape::Map { .. } | Shape::Struct { .. } => value.is_object(),
        Shape::Number(_) => value.is_number(),
        Shape::String(_) => value.is_string(),
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Any | Shape::Reference(_) => "any",
        Shape::Boolean => "boolean",
        Shape::Integer(_) => "integer",
        Shape::IntOrString => "integer,string",
        Shape::List { .. } => "array",
        Shape::Map { .. } | Shape::Struct { .. } => "object",
        Shape::Number(_) => "number",
        Shape::String(_) => "string",
    }
}
