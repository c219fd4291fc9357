//! Defaults stand where nothing is given; a `null` that no schema allows is nothing.

use serde_json::Value;

use crate::{Schema, Shape};

/// Sets defaults, then drops the `null`s that the schema does not allow.
///
/// A default inside of an object is set only where the object is given or has a default itself.
pub fn set_defaults(value: &mut Value, schema: &Schema) {
    let schema = schema.resolve();
    match (value, &schema.shape) {
        (Value::Object(found), Shape::Struct { fields, .. }) => {
            for (name, field) in fields {
                let Some(default) = &field.default else {
                    continue;
                };
                match found.get_mut(name.as_ref()) {
                    Some(value) if value.is_null() && !field.is_nullable => {
                        value.clone_from(default);
                    }
                    Some(_) => {}
                    None => {
                        found.insert(name.as_ref().to_owned(), default.clone());
                    }
                }
            }
            for (name, value) in found.iter_mut() {
                if let Some(field) = fields.get(name.as_str()) {
                    set_defaults(value, field);
                }
            }
            found.retain(|name, value| {
                !value.is_null()
                    || fields
                        .get(name.as_str())
                        .is_none_or(|field| field.resolve().is_nullable || is_anything(field))
            });
        }
        (Value::Object(found), Shape::Map { values, .. }) => {
            for value in found.values_mut() {
                set_element(value, values);
            }
            if !values.resolve().is_nullable && !is_anything(values) {
                found.retain(|_, value| !value.is_null());
            }
        }
        (Value::Array(found), Shape::List { items, .. }) => {
            for item in found {
                set_element(item, items);
            }
        }
        // Scalars have nothing inside, and a value of another type is told by validation.
        _ => {}
    }
}

/// Sets the default of an element of a list or map, which is never absent but may be `null`.
fn set_element(value: &mut Value, schema: &Schema) {
    if let Some(default) = &schema.default
        && value.is_null()
        && !schema.is_nullable
    {
        value.clone_from(default);
    }
    set_defaults(value, schema);
}

/// Whether `null` may be as good a value as any.
fn is_anything(schema: &Schema) -> bool {
    matches!(schema.resolve().shape, Shape::Any)
}
