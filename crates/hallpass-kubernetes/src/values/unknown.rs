//! Fields that the schema does not name, told in the words of strict decoding.

use serde_json::Value;

use crate::place::Place;
use crate::{Schema, Shape};

/// How many faults strict decoding tells at most.
pub(crate) const MOST_TOLD: usize = 100;

/// The fields that [`prune`](super::prune) would drop: `unknown field "spec.foo"`.
pub fn unknown_fields(value: &Value, schema: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, schema, Place::Root, &mut found);
    found
}

fn walk(value: &Value, schema: &Schema, place: Place<'_>, found: &mut Vec<String>) {
    if found.len() >= MOST_TOLD {
        return;
    }
    let schema = schema.resolve();
    match (value, &schema.shape) {
        (Value::Object(members), Shape::Struct { fields, .. }) => {
            for (name, value) in members {
                match fields.get(name.as_str()) {
                    Some(field) => walk(value, field, place.field(name), found),
                    None if schema.keeps_unknown => {}
                    None => found.push(format!("unknown field \"{}\"", place.field(name))),
                }
            }
            found.truncate(MOST_TOLD);
        }
        (Value::Object(members), Shape::Map { values, .. }) => {
            for (name, value) in members {
                walk(value, values, place.field(name), found);
            }
        }
        (Value::Array(members), Shape::List { items, .. }) => {
            for (index, item) in members.iter().enumerate() {
                walk(item, items, place.index(index), found);
            }
        }
        // As in pruning.
        _ => {}
    }
}
