//! Fields that the schema does not name are dropped.

use serde_json::Value;

use crate::{Schema, Shape};

/// Drops the fields that the schema neither names nor keeps.
pub fn prune(value: &mut Value, schema: &Schema) {
    let schema = schema.resolve();
    match (value, &schema.shape) {
        (Value::Object(found), Shape::Struct { fields, .. }) => {
            if !schema.keeps_unknown {
                found.retain(|name, _| fields.contains_key(name.as_str()));
            }
            for (name, value) in found.iter_mut() {
                if let Some(field) = fields.get(name.as_str()) {
                    prune(value, field);
                }
            }
        }
        (Value::Object(found), Shape::Map { values, .. }) => {
            for value in found.values_mut() {
                prune(value, values);
            }
        }
        (Value::Array(found), Shape::List { items, .. }) => {
            for item in found {
                prune(item, items);
            }
        }
        // Scalars have nothing to prune, and a value of another type than the schema's is told by
        // validation.
        _ => {}
    }
}
