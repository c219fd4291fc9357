//! The envelope: magic bytes, then a message with the kind and the object's bytes.

use serde_json::{Map, Value};

use super::decode::message as read;
use super::encode::message as write;
use super::error::{DecodeError, EncodeError};
use super::reader::Reader;
use super::writer::Writer;
use crate::builtin::{self, Type};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

const MAGIC: &[u8] = b"k8s\0";

/// The object, as JSON has it: of one of the API server's own kinds.
///
/// Fields that no kind of that name has are skipped, as those of a later version would be.
pub fn decode(body: &[u8]) -> Result<Value, DecodeError> {
    let body = body.strip_prefix(MAGIC).ok_or(DecodeError::NoMagic)?;
    let (mut api_version, mut kind, mut raw) = ("", "", [].as_slice());
    let mut envelope = Reader::new(body);
    while let Some((tag, value)) = envelope.field()? {
        match tag {
            1 => {
                let mut meta = Reader::new(value.bytes()?);
                while let Some((tag, value)) = meta.field()? {
                    match tag {
                        1 => api_version = value.text()?,
                        2 => kind = value.text()?,
                        _ => {}
                    }
                }
            }
            2 => raw = value.bytes()?,
            3 | 4 if !value.bytes()?.is_empty() && value.text()? != MEDIA_TYPE => {
                return Err(DecodeError::Encoding(value.text()?.to_owned()));
            }
            _ => {}
        }
    }
    let of = find(api_version, kind).ok_or_else(|| DecodeError::UnknownKind {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
    })?;
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    read(of, raw, &mut object, 0)?;
    Ok(Value::Object(object))
}

/// The bytes of an object of one of the API server's own kinds.
///
/// Fields that the kind does not have are left out.
pub fn encode(object: &Value) -> Result<Vec<u8>, EncodeError> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let of = find(api_version, kind).ok_or_else(|| EncodeError::UnknownKind {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
    })?;
    let mut raw = Writer::default();
    write(&mut raw, of, object)?;
    let mut envelope = Writer::default();
    envelope.message(1, |meta| {
        meta.text(1, api_version);
        meta.text(2, kind);
    });
    envelope.bytes(2, &raw.into_bytes());
    envelope.text(3, "");
    envelope.text(4, "");
    Ok([MAGIC, &envelope.into_bytes()].concat())
}

fn find(api_version: &str, kind: &str) -> Option<&'static Type> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kinds = builtin::kinds().iter();
    let mut named = kinds.filter(|it| it.kind == kind && it.version == version);
    // Every group has the kinds of `meta.k8s.io` as its own.
    let found = named
        .clone()
        .find(|it| it.group == group)
        .or_else(|| named.find(|it| it.group == "meta.k8s.io"))?;
    builtin::find(found.definition)
}
