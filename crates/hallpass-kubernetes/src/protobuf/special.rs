//! Types whose form in JSON is not their message.
//!
//! Source: Kubernetes, the comments of `generated.proto` of apimachinery and apiextensions-apiserver.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::decode;
use super::error::{DecodeError, Malformed};
use super::reader::Reader;
use crate::builtin::{self, Form, Type};

/// Reads a message of that type; absent where JSON has no value for it.
pub(super) fn read(
    of: &'static Type,
    bytes: &[u8],
    before: Option<Value>,
    depth: usize,
) -> Result<Option<Value>, DecodeError> {
    Ok(match of.form() {
        Form::Atomic | Form::Struct => {
            let mut object = match before {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            decode::message(of, bytes, &mut object, depth)?;
            Some(Value::Object(object))
        }
        Form::IntOrString => Some(int_or_string(bytes)?),
        Form::Json | Form::Raw => json(bytes)?,
        Form::MicroTime => time(bytes, "%Y-%m-%dT%H:%M:%S.%6fZ")?,
        form @ (Form::PropsOrArray | Form::PropsOrBool | Form::PropsOrStrings) => {
            Some(alternative(form, bytes, depth)?)
        }
        Form::Quantity => Some(first_text(bytes)?.unwrap_or("0").into()),
        Form::Time => time(bytes, "%Y-%m-%dT%H:%M:%SZ")?,
    })
}

fn int_or_string(bytes: &[u8]) -> Result<Value, DecodeError> {
    let (mut is_text, mut number, mut text) = (false, 0_i32, "");
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        match tag {
            1 => is_text = wire.varint()? == 1,
            2 => number = i32::try_from(wire.whole()?).map_err(|_| Malformed::Illegal)?,
            3 => text = wire.text()?,
            _ => {}
        }
    }
    Ok(if is_text { text.into() } else { number.into() })
}

/// The JSON text in a message; nothing where it is empty.
fn json(bytes: &[u8]) -> Result<Option<Value>, DecodeError> {
    let mut found = None;
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        if tag == 1 && !wire.bytes()?.is_empty() {
            found = Some(serde_json::from_slice(wire.bytes()?).map_err(|_| Malformed::NotJson)?);
        }
    }
    Ok(found)
}

/// A time; none where the message is empty.
fn time(bytes: &[u8], form: &str) -> Result<Option<Value>, DecodeError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (mut seconds, mut nanos) = (0, 0);
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        match tag {
            1 => seconds = wire.whole()?,
            2 => nanos = i32::try_from(wire.whole()?).map_err(|_| Malformed::Time)?,
            _ => {}
        }
    }
    let time = Timestamp::new(seconds, nanos).map_err(|_| Malformed::Time)?;
    // A year before 0 has a sign, which no client reads.
    if seconds < YEAR_0 {
        return Err(Malformed::Time.into());
    }
    Ok(Some(time.strftime(form).to_string().into()))
}

/// When the year 0 begins.
const YEAR_0: i64 = -62_167_219_200;

/// A schema, or what else may stand in its place.
///
/// Where a truth value may, it is the first field and the schema the second; else the schema is the
/// first, and the second is a list of schemas or of texts.
fn alternative(form: Form, bytes: &[u8], depth: usize) -> Result<Value, DecodeError> {
    let Some(props) = builtin::find(PROPS).map(builtin::Value::Type) else {
        return Ok(Value::Null);
    };
    let (mut schema, mut truth, mut list) = (None, false, Vec::new());
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        match (form, tag) {
            (Form::PropsOrBool, 1) => truth = wire.varint()? != 0,
            (Form::PropsOrBool, 2) | (_, 1) => schema = decode::one(&props, wire, schema, depth)?,
            (Form::PropsOrStrings, 2) => list.push(wire.text()?.into()),
            (_, 2) => list.extend(decode::one(&props, wire, None, depth)?),
            _ => {}
        }
    }
    Ok(match (schema, form) {
        (Some(schema), _) => schema,
        (None, Form::PropsOrBool) => truth.into(),
        (None, _) => list.into(),
    })
}

const PROPS: &str = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

/// The first field, a text.
fn first_text(bytes: &[u8]) -> Result<Option<&str>, DecodeError> {
    let mut found = None;
    let mut message = Reader::new(bytes);
    while let Some((tag, wire)) = message.field()? {
        if tag == 1 {
            found = Some(wire.text()?);
        }
    }
    Ok(found)
}
