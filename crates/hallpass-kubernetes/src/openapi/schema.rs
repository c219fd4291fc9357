//! A schema as a document has it.

use serde_json::{Map, Value, json};

use super::Dialect;
use crate::{Format, ListMerge, ListTopology, Schema, Shape};

/// Keywords of value validation that both versions have. Those that combine schemas are for version 3
/// alone, as version 2 has only one of them.
const V2_KEYWORDS: &[&str] = &[
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "title",
    "uniqueItems",
];
const V3_KEYWORDS: &[&str] = &["allOf", "anyOf", "not", "oneOf", "x-kubernetes-validations"];

/// The schema; a reference leads to a definition of the document.
pub(super) fn document(schema: &Schema, dialect: Dialect) -> Map<String, Value> {
    let mut made = Map::new();
    if !schema.description.is_empty() {
        made.insert("description".into(), (*schema.description).into());
    }
    if let Some(default) = &schema.default {
        made.insert("default".into(), default.clone());
    }
    // A client that reads version 2 would refuse the fields that are not named.
    let is_open = schema.keeps_unknown && dialect == Dialect::V2;
    if !is_open {
        shape(&mut made, &schema.shape, dialect);
    }
    if schema.keeps_unknown {
        made.insert("x-kubernetes-preserve-unknown-fields".into(), true.into());
    }
    if schema.is_embedded_resource {
        made.insert("x-kubernetes-embedded-resource".into(), true.into());
    }
    if schema.is_nullable && dialect == Dialect::V3 {
        made.insert("nullable".into(), true.into());
    }
    if schema.is_nullable && dialect == Dialect::V2 {
        // Version 2 cannot say that null is a value, so it says nothing of the type.
        made.shift_remove("type");
    }
    let keywords = schema.checks.iter().flat_map(|checks| &checks.keywords);
    for (name, value) in keywords {
        let name = name.as_str();
        let is_known =
            V2_KEYWORDS.contains(&name) || (dialect == Dialect::V3 && V3_KEYWORDS.contains(&name));
        if is_known {
            made.insert(name.to_owned(), value.clone());
        }
    }
    made
}

/// A reference to a definition of the document.
pub(super) fn reference(name: &str, dialect: Dialect) -> Value {
    let folder = match dialect {
        Dialect::V2 => "#/definitions",
        Dialect::V3 => "#/components/schemas",
    };
    json!({ "$ref": format!("{folder}/{name}") })
}

fn shape(made: &mut Map<String, Value>, shape: &Shape, dialect: Dialect) {
    match shape {
        Shape::Any => {}
        Shape::Boolean => put(made, "type", "boolean"),
        Shape::IntOrString => {
            made.insert("x-kubernetes-int-or-string".into(), true.into());
        }
        Shape::Integer(format) => scalar(made, "integer", format),
        Shape::List {
            items,
            topology,
            merge,
        } => {
            put(made, "type", "array");
            made.insert("items".into(), document(items, dialect).into());
            list(made, topology, merge.as_ref());
        }
        Shape::Map { values, is_atomic } => {
            put(made, "type", "object");
            made.insert(
                "additionalProperties".into(),
                document(values, dialect).into(),
            );
            atomic(made, *is_atomic);
        }
        Shape::Number(format) => scalar(made, "number", format),
        Shape::Reference(name) => {
            let reference = reference(name, dialect);
            // In version 3 nothing may stand beside a reference.
            if dialect == Dialect::V3 && !made.is_empty() {
                made.insert("allOf".into(), Value::Array(vec![reference]));
            } else if let Value::Object(reference) = reference {
                made.extend(reference);
            }
        }
        Shape::String(format) => scalar(made, "string", format),
        Shape::Struct {
            fields,
            required,
            is_atomic,
        } => {
            put(made, "type", "object");
            if !fields.is_empty() {
                let fields = fields
                    .iter()
                    .map(|(name, field)| (name.to_string(), document(field, dialect).into()));
                made.insert("properties".into(), Value::Object(fields.collect()));
            }
            if !required.is_empty() {
                made.insert("required".into(), texts(required));
            }
            atomic(made, *is_atomic);
        }
    }
}

fn list(made: &mut Map<String, Value>, topology: &ListTopology, merge: Option<&ListMerge>) {
    match topology {
        ListTopology::Atomic => put(made, "x-kubernetes-list-type", "atomic"),
        ListTopology::Map(keys) => {
            put(made, "x-kubernetes-list-type", "map");
            made.insert("x-kubernetes-list-map-keys".into(), texts(keys));
        }
        ListTopology::Set => put(made, "x-kubernetes-list-type", "set"),
    }
    if let Some(merge) = merge {
        if !merge.key.is_empty() {
            put(made, "x-kubernetes-patch-merge-key", &merge.key);
        }
        let strategy = if merge.retains_keys {
            "merge,retainKeys"
        } else {
            "merge"
        };
        put(made, "x-kubernetes-patch-strategy", strategy);
    }
}

fn scalar(made: &mut Map<String, Value>, kind: &str, format: &Format) {
    put(made, "type", kind);
    if !format.is_empty() {
        put(made, "format", format);
    }
}

fn atomic(made: &mut Map<String, Value>, is_atomic: bool) {
    if is_atomic {
        put(made, "x-kubernetes-map-type", "atomic");
    }
}

fn put(made: &mut Map<String, Value>, name: &str, value: &str) {
    made.insert(name.into(), value.into());
}

fn texts(texts: &[Box<str>]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}
