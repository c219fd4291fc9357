//! Keys and sizes of what secrets and config maps hold.
//!
//! Source: k8s.io/kubernetes' `pkg/apis/core/validation`.

use serde_json::{Value, json};

use super::super::status::Cause;

/// The faults of a map's keys.
pub(super) fn key_faults(object: &Value, field: &str) -> Vec<Cause> {
    let entries = object.get(field).and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .filter(|(key, _)| !is_key(key))
        .map(|(key, _)| Cause::invalid(format!("{field}[{key}]"), json!(key), KEY_RULE))
        .collect()
}

/// The bytes of a map's values, with `length` telling those of one.
pub(super) fn size(object: &Value, field: &str, length: impl Fn(&str) -> usize) -> usize {
    let entries = object.get(field).and_then(Value::as_object);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(_, value)| value.as_str())
        .map(length)
        .sum()
}

/// What may not be changed of an object that says that it is immutable.
pub(super) fn immutability_faults(old: &Value, object: &Value, fields: &[&str]) -> Vec<Cause> {
    if old.get("immutable").and_then(Value::as_bool) != Some(true) {
        return Vec::new();
    }
    let why = "field is immutable when `immutable` is set";
    ["immutable"]
        .iter()
        .chain(fields)
        .filter(|field| {
            let value = |object: &Value| {
                let value = object.get(**field).cloned().unwrap_or_default();
                // An empty map is none.
                let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                if is_empty { Value::Null } else { value }
            };
            value(old) != value(object)
        })
        .map(|field| Cause::forbidden(*field, why))
        .collect()
}

fn is_key(key: &str) -> bool {
    let is_path = key == "." || key.starts_with("..");
    !key.is_empty()
        && key.len() <= 253
        && !is_path
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// As much as an object of either kind may hold.
pub(super) const MAX_BYTES: usize = 1 << 20;
const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
