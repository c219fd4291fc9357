//! The schema of a built-in type.
//!
//! Sources: Kubernetes documentation, "Server-Side Apply" (list and map types), "Update API Objects in
//! Place Using kubectl patch" (patch strategies).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::packed::{Field, Form, Type, Value};
use crate::{ListMerge, ListTopology, Schema, Shape};

/// The schema of the type.
pub(super) fn schema(of: &Type) -> Schema {
    let form = of.form();
    let shape = match form {
        Form::Atomic | Form::Struct => structure(of, form == Form::Atomic),
        Form::IntOrString => Shape::IntOrString,
        // A quantity is a text or any number; schemas have no such shape, and what it must look like
        // is for who decodes it.
        Form::Json
        | Form::PropsOrArray
        | Form::PropsOrBool
        | Form::PropsOrStrings
        | Form::Quantity => Shape::Any,
        Form::MicroTime | Form::Time => Shape::String("date-time".into()),
        Form::Raw => Shape::Struct {
            fields: BTreeMap::new(),
            required: Vec::new(),
            is_atomic: false,
        },
    };
    Schema {
        description: of.description().into(),
        shape,
        keeps_unknown: matches!(form, Form::Json | Form::Raw),
        ..Schema::default()
    }
}

fn structure(of: &Type, is_atomic: bool) -> Shape {
    let mut fields = BTreeMap::new();
    let mut required = Vec::new();
    for field in of.fields() {
        if field.is_required {
            required.push(field.name.into());
        }
        fields.insert(field.name.into(), field_schema(&field));
    }
    Shape::Struct {
        fields,
        required,
        is_atomic,
    }
}

fn field_schema(field: &Field) -> Schema {
    let mut shape = shape(&field.value);
    match &mut shape {
        Shape::List {
            topology, merge, ..
        } => {
            *topology = option(field, "list=").map_or(ListTopology::Atomic, topology_of);
            *merge = option(field, "merge=").map(merge_of);
        }
        Shape::Map { is_atomic, .. } => *is_atomic = option(field, "atomic").is_some(),
        Shape::Any
        | Shape::Boolean
        | Shape::IntOrString
        | Shape::Integer(_)
        | Shape::Number(_)
        | Shape::Reference(_)
        | Shape::String(_)
        | Shape::Struct { .. } => {}
    }
    Schema {
        description: field.description.into(),
        shape,
        default: option(field, "default=").and_then(|text| serde_json::from_str(text).ok()),
        ..Schema::default()
    }
}

fn shape(value: &Value) -> Shape {
    match value {
        Value::Boolean => Shape::Boolean,
        Value::Byte => Shape::String("byte".into()),
        Value::Double => Shape::Number("double".into()),
        Value::Int32 => Shape::Integer("int32".into()),
        Value::Int64 => Shape::Integer("int64".into()),
        Value::List(items) => Shape::List {
            items: Arc::new(element(items)),
            topology: ListTopology::Atomic,
            merge: None,
        },
        Value::Map(values) => Shape::Map {
            values: Arc::new(element(values)),
            is_atomic: false,
        },
        Value::String => Shape::String(Box::default()),
        Value::Type(of) => Shape::Reference(of.name()),
    }
}

fn element(value: &Value) -> Schema {
    Schema {
        shape: shape(value),
        ..Schema::default()
    }
}

fn option(field: &Field, name: &str) -> Option<&'static str> {
    let mut options = field.options.split(' ');
    options.find_map(|option| option.strip_prefix(name))
}

fn topology_of(told: &str) -> ListTopology {
    if told == "set" {
        ListTopology::Set
    } else {
        ListTopology::Map(told.split(',').map(Box::from).collect())
    }
}

fn merge_of(told: &str) -> ListMerge {
    let (key, rest) = told.split_once(',').unwrap_or((told, ""));
    ListMerge {
        key: key.into(),
        retains_keys: rest == "retainKeys",
    }
}
