//! JSON values, written as messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::error::EncodeError;
use super::layout::{Layout, Slot};
use super::writer::Writer;
use crate::builtin::{self, Field, Form, Type};

/// Writes the object as a message of that type.
pub(super) fn message(out: &mut Writer, of: &Type, object: &Value) -> Result<(), EncodeError> {
    fields(out, of.layout(), object)
}

fn fields(out: &mut Writer, layout: &Layout, object: &Value) -> Result<(), EncodeError> {
    for (tag, slot) in &layout.slots {
        match slot {
            Slot::Field(field) => match object.get(field.name) {
                None | Some(Value::Null) => {}
                Some(value) => write(out, *tag, field, value)?,
            },
            Slot::Inline(layout) => {
                let mut inner = Writer::default();
                fields(&mut inner, layout, object)?;
                out.bytes(*tag, &inner.into_bytes());
            }
        }
    }
    Ok(())
}

fn write(out: &mut Writer, tag: u32, field: &Field, value: &Value) -> Result<(), EncodeError> {
    let fault = || EncodeError::Field(field.name.to_owned());
    match &field.value {
        builtin::Value::List(items) => {
            let list = value.as_array().ok_or_else(fault)?;
            if field.wraps_lists {
                return wrapped(out, tag, field, items, list);
            }
            for item in list {
                one(out, tag, field, items, item)?;
            }
        }
        builtin::Value::Map(values) => {
            for (key, value) in value.as_object().ok_or_else(fault)? {
                let mut entry = Writer::default();
                entry.text(1, key);
                if let (builtin::Value::List(items), Some(list)) = (&**values, value.as_array()) {
                    wrapped(&mut entry, 2, field, items, list)?;
                } else {
                    one(&mut entry, 2, field, values, value)?;
                }
                out.bytes(tag, &entry.into_bytes());
            }
        }
        single => one(out, tag, field, single, value)?,
    }
    Ok(())
}

fn wrapped(
    out: &mut Writer,
    tag: u32,
    field: &Field,
    items: &builtin::Value,
    list: &[Value],
) -> Result<(), EncodeError> {
    let mut inner = Writer::default();
    for item in list {
        one(&mut inner, 1, field, items, item)?;
    }
    out.bytes(tag, &inner.into_bytes());
    Ok(())
}

fn one(
    out: &mut Writer,
    tag: u32,
    field: &Field,
    of: &builtin::Value,
    value: &Value,
) -> Result<(), EncodeError> {
    let fault = || EncodeError::Field(field.name.to_owned());
    match of {
        builtin::Value::Boolean => out.varint(tag, value.as_bool().ok_or_else(fault)?.into()),
        builtin::Value::Byte => {
            let text = value.as_str().ok_or_else(fault)?;
            out.bytes(tag, &STANDARD.decode(text).map_err(|_| fault())?);
        }
        builtin::Value::Double => out.double(tag, value.as_f64().ok_or_else(fault)?),
        builtin::Value::Int32 => {
            let number = value.as_i64().and_then(|it| i32::try_from(it).ok());
            let number = number.ok_or_else(fault)?;
            out.varint(tag, i64::from(number).cast_unsigned());
        }
        builtin::Value::Int64 => {
            out.varint(tag, value.as_i64().ok_or_else(fault)?.cast_unsigned());
        }
        builtin::Value::String => out.text(tag, value.as_str().ok_or_else(fault)?),
        builtin::Value::Type(of) => {
            let mut inner = Writer::default();
            typed(&mut inner, of, field, value)?;
            out.bytes(tag, &inner.into_bytes());
        }
        builtin::Value::List(_) | builtin::Value::Map(_) => return Err(fault()),
    }
    Ok(())
}

fn typed(out: &mut Writer, of: &Type, field: &Field, value: &Value) -> Result<(), EncodeError> {
    let fault = || EncodeError::Field(field.name.to_owned());
    match of.form() {
        Form::Atomic | Form::Struct if value.is_object() => message(out, of, value)?,
        Form::Atomic | Form::Struct => return Err(fault()),
        Form::IntOrString => match value {
            Value::String(text) => {
                out.varint(1, 1);
                out.text(3, text);
            }
            number => {
                let number = number.as_i64().and_then(|it| i32::try_from(it).ok());
                let number = number.ok_or_else(fault)?;
                out.varint(1, 0);
                out.varint(2, i64::from(number).cast_unsigned());
            }
        },
        Form::Json | Form::Raw => out.text(1, &value.to_string()),
        Form::MicroTime | Form::Time => {
            let text = value.as_str().ok_or_else(fault)?;
            let time: Timestamp = text.parse().map_err(|_| fault())?;
            out.varint(1, time.as_second().cast_unsigned());
            out.varint(2, i64::from(time.subsec_nanosecond()).cast_unsigned());
        }
        form @ (Form::PropsOrArray | Form::PropsOrBool | Form::PropsOrStrings) => {
            alternative(out, form, field, value)?;
        }
        Form::Quantity => match value {
            Value::String(text) => out.text(1, text),
            number if number.is_number() => out.text(1, &number.to_string()),
            _ => return Err(fault()),
        },
    }
    Ok(())
}

/// A schema, or what else may stand in its place.
fn alternative(
    out: &mut Writer,
    form: Form,
    field: &Field,
    value: &Value,
) -> Result<(), EncodeError> {
    let fault = || EncodeError::Field(field.name.to_owned());
    let props = builtin::find(PROPS).map(builtin::Value::Type);
    let props = props.ok_or_else(fault)?;
    match (value, form) {
        (Value::Bool(truth), Form::PropsOrBool) => out.varint(1, (*truth).into()),
        (Value::Object(_), Form::PropsOrBool) => {
            out.varint(1, 1);
            one(out, 2, field, &props, value)?;
        }
        (Value::Object(_), _) => one(out, 1, field, &props, value)?,
        (Value::Array(list), Form::PropsOrStrings) => {
            for text in list {
                out.text(2, text.as_str().ok_or_else(fault)?);
            }
        }
        (Value::Array(list), _) => {
            for schema in list {
                one(out, 2, field, &props, schema)?;
            }
        }
        _ => return Err(fault()),
    }
    Ok(())
}

const PROPS: &str = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
