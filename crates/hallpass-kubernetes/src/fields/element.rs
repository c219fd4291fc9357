//! One step of the path to a field: a name, or what tells the element of a list.

use std::fmt;

use serde_json::{Map, Value};

use super::json::FieldsError;

/// One step of the path to a field. The order is that of `fieldsV1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathElement {
    /// A field or a key of a map: `f:replicas`.
    Field(Box<str>),
    /// The element of a list that has these fields, as JSON with its keys in order:
    /// `k:{"name":"runner"}`.
    Key(Box<str>),
    /// The element of a set that has this value, as JSON: `v:"a"`.
    Value(Box<str>),
    /// The element of that index: `i:0`.
    Index(i64),
}

impl PathElement {
    /// Reads it as it stands in `fieldsV1`.
    pub fn parse(text: &str) -> Result<Self, FieldsError> {
        let unknown = || FieldsError::Element(text.chars().take(80).collect());
        let (kind, rest) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "f" => Ok(Self::Field(rest.into())),
            "k" => match serde_json::from_str(rest) {
                Ok(Value::Object(fields)) if !fields.is_empty() => Ok(Self::key(fields)),
                _ => Err(unknown()),
            },
            "v" => match serde_json::from_str(rest) {
                Ok(value) => Ok(Self::value(&value)),
                Err(_) => Err(unknown()),
            },
            "i" => rest.parse().map(Self::Index).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }

    /// The element with these fields.
    pub fn key(mut fields: Map<String, Value>) -> Self {
        fields.sort_keys();
        Self::Key(Value::Object(fields).to_string().into())
    }

    /// The element of that value.
    pub fn value(value: &Value) -> Self {
        let mut value = value.clone();
        value.sort_all_objects();
        Self::Value(value.to_string().into())
    }

    /// As it stands in `fieldsV1`.
    pub fn to_fields_v1(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(fields) => format!("k:{fields}"),
            Self::Value(value) => format!("v:{value}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }
}

impl fmt::Display for PathElement {
    /// As it stands in the path of a conflict: `.replicas`, `[name="runner"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(fields) => {
                let fields: Map<String, Value> = serde_json::from_str(fields).unwrap_or_default();
                f.write_str("[")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma}{name}={value}")?;
                }
                f.write_str("]")
            }
            Self::Value(value) => write!(f, "[={value}]"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}
