//! Messages, read as JSON has them.
//!
//! A Go client writes all fields that are no pointers, even empty ones, and JSON leaves those out: an
//! empty text, and a zero where the data say so (`docs/kubernetes-schemas.md`), are no value here
//! either, unless the field must be given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::error::{DecodeError, Malformed};
use super::layout::{Layout, Slot};
use super::reader::{Reader, Wire};
use super::special;
use crate::builtin::{self, Field, Type};

/// How many messages may lie in one another: more than any kind needs but a schema of schemas.
const DEPTH: usize = 100;

/// Reads a message of that type into the object.
pub(super) fn message(
    of: &Type,
    bytes: &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), DecodeError> {
    fields(of.layout(), bytes, into, depth)
}

fn fields(
    layout: &Layout,
    bytes: &[u8],
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), DecodeError> {
    if depth > DEPTH {
        return Err(Malformed::TooDeep.into());
    }
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        match layout.slots.get(&tag) {
            Some(Slot::Field(field)) => {
                let done = read(field, wire, into, depth);
                done.map_err(|error| error.inside(field.name))?;
            }
            Some(Slot::Inline(inner)) => fields(inner, wire.bytes()?, into, depth + 1)?,
            // A later version may have more fields.
            None => {}
        }
    }
    Ok(())
}

fn read(
    field: &Field,
    wire: Wire<'_>,
    into: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), DecodeError> {
    let before = into.shift_remove(field.name);
    let value = match &field.value {
        builtin::Value::List(items) => {
            let mut list = match before {
                Some(Value::Array(list)) => list,
                _ => Vec::new(),
            };
            if field.wraps_lists {
                list = wrapped(items, wire.bytes()?, depth)?;
            } else {
                elements(items, wire, &mut list, depth)?;
            }
            Some(Value::Array(list))
        }
        builtin::Value::Map(values) => {
            let mut map = match before {
                Some(Value::Object(map)) => map,
                _ => Map::new(),
            };
            entry(field, values, wire.bytes()?, &mut map, depth)?;
            Some(Value::Object(map))
        }
        single => one(single, wire, before, depth)?.filter(|value| is_told(field, value)),
    };
    if let Some(value) = value {
        into.insert(field.name.to_owned(), value);
    }
    Ok(())
}

/// Whether JSON has a field of that value.
fn is_told(field: &Field, value: &Value) -> bool {
    field.is_required
        || match value {
            Value::Bool(truth) => *truth || !field.omits_zero(),
            Value::Number(number) => number.as_f64() != Some(0.0) || !field.omits_zero(),
            Value::String(text) => !text.is_empty(),
            Value::Null => false,
            Value::Array(_) | Value::Object(_) => true,
        }
}

fn elements(
    items: &builtin::Value,
    wire: Wire<'_>,
    list: &mut Vec<Value>,
    depth: usize,
) -> Result<(), DecodeError> {
    let is_number = matches!(
        items,
        builtin::Value::Boolean | builtin::Value::Int32 | builtin::Value::Int64
    );
    if let (true, Wire::Bytes(bytes)) = (is_number, wire) {
        let mut packed = Reader::new(bytes);
        while let Some(number) = packed.packed()? {
            list.extend(one(items, Wire::Varint(number), None, depth)?);
        }
        return Ok(());
    }
    // A list has an element for each, whatever it is.
    list.push(one(items, wire, None, depth)?.unwrap_or(Value::Null));
    Ok(())
}

/// A list that lies in a message of its own, as its first field.
fn wrapped(items: &builtin::Value, bytes: &[u8], depth: usize) -> Result<Vec<Value>, DecodeError> {
    let mut list = Vec::new();
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        if tag == 1 {
            elements(items, wire, &mut list, depth)?;
        }
    }
    Ok(list)
}

fn entry(
    field: &Field,
    values: &builtin::Value,
    bytes: &[u8],
    map: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), DecodeError> {
    let mut key = "";
    let mut value = None;
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        match tag {
            1 => key = wire.text()?,
            2 => {
                value = match values {
                    builtin::Value::List(items) if field.wraps_lists => {
                        Some(Value::Array(wrapped(items, wire.bytes()?, depth)?))
                    }
                    single => one(single, wire, None, depth)?,
                }
            }
            _ => {}
        }
    }
    // An entry without a value has the empty one.
    let value = match value {
        Some(value) => value,
        None => match values {
            builtin::Value::Byte | builtin::Value::String => Value::from(""),
            single => one(single, Wire::Bytes(&[]), None, depth)?.unwrap_or(Value::Null),
        },
    };
    map.insert(key.to_owned(), value);
    Ok(())
}

/// A single value; absent where JSON has none for it.
pub(super) fn one(
    of: &builtin::Value,
    wire: Wire<'_>,
    before: Option<Value>,
    depth: usize,
) -> Result<Option<Value>, DecodeError> {
    Ok(Some(match of {
        builtin::Value::Boolean => Value::Bool(wire.varint()? != 0),
        builtin::Value::Byte => Value::from(STANDARD.encode(wire.bytes()?)),
        builtin::Value::Double => Value::from(wire.double()?),
        // The upper half of a number of 32 bits is its sign alone.
        builtin::Value::Int32 => {
            let number = i32::try_from(wire.whole()?).map_err(|_| Malformed::Illegal)?;
            Value::from(number)
        }
        builtin::Value::Int64 => Value::from(wire.whole()?),
        builtin::Value::String => Value::from(wire.text()?),
        builtin::Value::Type(of) => {
            return special::read(of, wire.bytes()?, before, depth + 1);
        }
        // No type of the data has a list or a map right inside another.
        builtin::Value::List(_) | builtin::Value::Map(_) => return Err(Malformed::Type.into()),
    }))
}
