//! Reading JSON objects from strangers: names are unique at every level, depth is bounded.
//!
//! Sources: RFC 7515 section 4 and RFC 7519 section 4 (names must be unique; a reader may refuse
//! those that are not, and must where two readers could disagree on which one counts). `serde_json`
//! bounds the depth to 128.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is not the object that it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ObjectError {
    /// A name stands twice.
    Duplicate(String),
    /// Not JSON.
    NotJson(String),
    /// JSON, but something else than an object.
    NotObject(&'static str),
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "`{name}` stands twice in one object"),
            Self::NotJson(reason) => write!(f, "it is not JSON: {reason}"),
            Self::NotObject(found) => write!(f, "it is {found}, not an object"),
        }
    }
}

/// Reads one object, with nothing but white space around it.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, ObjectError> {
    let duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Unique(&duplicate)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| match duplicate.take() {
            Some(name) => ObjectError::Duplicate(name),
            None => ObjectError::NotJson(error.to_string()),
        })?;
    match value {
        Value::Object(map) => Ok(map),
        other => Err(ObjectError::NotObject(kind(&other))),
    }
}

/// What a value is, for messages.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
        Value::String(_) => "a string",
    }
}

/// Reads a value; keeps the first name that stands twice, which the reader's own error cannot carry.
#[derive(Clone, Copy)]
struct Unique<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.contains_key(&name) {
                self.0.replace(Some(name));
                return Err(A::Error::custom("duplicate name"));
            }
            let value = map.next_value_seed(self)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        let text = br#" {"a": [1, -2, 3.5, true, null, "x\u00e9"], "b": {"c": {}}} "#;
        let plain: Value = serde_json::from_slice(text).unwrap();
        assert_eq!(Value::Object(object(text).unwrap()), plain);
    }

    #[test]
    fn refuses_what_two_readers_may_read_differently() {
        let duplicate = |name: &str| Err(ObjectError::Duplicate(name.to_owned()));
        assert_eq!(object(br#"{"a":1,"a":2}"#), duplicate("a"));
        assert_eq!(object(br#"{"x":[{"b":1,"\u0062":2}]}"#), duplicate("b"));
        for text in [
            "",
            "{",
            "{}x",
            "{\"a\":1}{}",
            "\u{feff}{}",
            "{\"a\":1e999}",
            "{'a':1}",
        ] {
            let result = object(text.as_bytes());
            assert!(matches!(result, Err(ObjectError::NotJson(_))), "{text}");
        }
        assert_eq!(object(b"[]"), Err(ObjectError::NotObject("a list")));
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn refuses_depth_without_end() {
        let deep = format!("{}1{}", "{\"a\":".repeat(3000), "}".repeat(3000));
        assert!(matches!(
            object(deep.as_bytes()),
            Err(ObjectError::NotJson(_))
        ));
    }
}
