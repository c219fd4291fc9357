//! What of a value has owners of its own, by its schema.
//!
//! Source: Kubernetes documentation, "Server-Side Apply", merge strategy: objects and associative
//! lists are shared, all else has one owner. Where nothing is known of a value, objects are shared
//! and lists are not.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element::PathElement;
use crate::schema::{ListTopology, Resolved, Schema, Shape};

/// The schema of a value; absent where nothing is known of it.
pub(super) type Known<'s> = Option<&'s Schema>;

/// What of a value has owners of its own.
#[derive(Clone, Copy)]
pub(super) enum Form<'s> {
    /// The value as a whole.
    Leaf,
    /// Its elements.
    List(Elements<'s>),
    /// Its fields.
    Object(Fields<'s>),
}

/// The elements of a list that have owners of their own.
#[derive(Clone, Copy)]
pub(super) struct Elements<'s> {
    pub(super) items: &'s Schema,
    /// The fields that tell an element; none in a set, where its value does.
    pub(super) keys: &'s [Box<str>],
}

/// The fields that a schema names, and the names of those that must be given.
type Named<'s> = (&'s BTreeMap<Box<str>, Schema>, &'s [Box<str>]);

/// The fields of an object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'s> {
    /// Those that the schema names, and those of them that are always there.
    named: Option<Named<'s>>,
    /// What the others are.
    others: Known<'s>,
    /// Whether there may be others.
    pub(super) is_open: bool,
}

impl<'s> Form<'s> {
    /// Of a value with that schema, already resolved.
    pub(super) fn of(schema: Known<'s>, value: &Value) -> Self {
        match Self::expected(schema) {
            Self::List(elements) if value.is_array() => Self::List(elements),
            Self::Object(fields) if value.is_object() => Self::Object(fields),
            Self::Leaf | Self::List(_) | Self::Object(_) => Self::Leaf,
        }
    }

    /// Of any value that is of the schema's type.
    pub(super) fn expected(schema: Known<'s>) -> Self {
        let unknown = Fields {
            named: None,
            others: None,
            is_open: true,
        };
        let Some(schema) = schema else {
            return Self::Object(unknown);
        };
        match &schema.shape {
            Shape::Any if schema.keeps_unknown => Self::Object(unknown),
            Shape::Struct {
                fields,
                required,
                is_atomic: false,
            } => Self::Object(Fields {
                named: Some((fields, required)),
                others: None,
                is_open: schema.keeps_unknown,
            }),
            Shape::Map {
                values,
                is_atomic: false,
            } => Self::Object(Fields {
                named: None,
                others: Some(values),
                is_open: true,
            }),
            Shape::List {
                items, topology, ..
            } => match topology {
                ListTopology::Atomic => Self::Leaf,
                ListTopology::Map(keys) => Self::List(Elements { items, keys }),
                ListTopology::Set => Self::List(Elements { items, keys: &[] }),
            },
            Shape::Any
            | Shape::Boolean
            | Shape::Integer(_)
            | Shape::IntOrString
            | Shape::Map { .. }
            | Shape::Number(_)
            | Shape::Reference(_)
            | Shape::String(_)
            | Shape::Struct { .. } => Self::Leaf,
        }
    }
}

impl<'s> Fields<'s> {
    /// The schema of the field, and whether the schema names it.
    pub(super) fn field(&self, name: &str) -> (Known<'s>, bool) {
        let named = self.named.and_then(|(fields, _)| fields.get(name));
        (named.or(self.others), named.is_some())
    }

    /// Whether the field is there in every object of a Go type, empty or not: it is never added.
    pub(super) fn is_always_there(&self, name: &str) -> bool {
        let Some((fields, required)) = self.named else {
            return false;
        };
        let is_built_in = match fields.get(name).map(|field| &field.shape) {
            Some(Shape::Reference(_)) => true,
            Some(Shape::List { items, .. }) => matches!(items.shape, Shape::Reference(_)),
            _ => false,
        };
        let is_top = fields.contains_key("apiVersion") && fields.contains_key("metadata");
        is_built_in && (is_top || required.iter().any(|required| required.as_ref() == name))
    }
}

impl Elements<'_> {
    /// What tells the element; its index where nothing else does.
    pub(super) fn element(&self, index: usize, item: &Value) -> PathElement {
        if self.keys.is_empty() {
            return PathElement::value(item);
        }
        let mut fields = Map::new();
        for key in self.keys {
            if let Some(value) = self.key(key, item) {
                fields.insert(key.as_ref().to_owned(), value);
            }
        }
        if fields.is_empty() {
            return PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX));
        }
        PathElement::key(fields)
    }

    /// The value of a field that tells the element, or its default.
    pub(super) fn key(&self, key: &str, item: &Value) -> Option<Value> {
        let given = item.get(key).filter(|value| !value.is_null()).cloned();
        given.or_else(|| match &self.items.resolve().shape {
            Shape::Struct { fields, .. } => fields.get(key)?.default.clone(),
            _ => None,
        })
    }

    /// What tells each of them.
    pub(super) fn elements(&self, items: &[Value]) -> Vec<PathElement> {
        let items = items.iter().enumerate();
        items
            .map(|(index, item)| self.element(index, item))
            .collect()
    }
}

/// The schema, its reference followed.
pub(super) fn resolved(schema: Known<'_>) -> Option<Resolved<'_>> {
    schema.map(Schema::resolve)
}
