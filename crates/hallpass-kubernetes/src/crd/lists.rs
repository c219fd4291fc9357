//! Who owns what of a list or map, and what that asks of its elements.
//!
//! Source: Kubernetes documentation, "Server-Side Apply", merge strategy.

use serde_json::{Map, Value};

use super::faults::Faults;
use super::path::Path;
use crate::cause::Cause;
use crate::schema::ListTopology;

/// Reads `x-kubernetes-list-type` and `x-kubernetes-list-map-keys` of a schema.
pub(super) fn read_topology(
    schema: &Map<String, Value>,
    at: &Path<'_>,
    faults: &mut Faults,
) -> ListTopology {
    let keys = read_keys(schema, at, faults);
    let kind_at = at.child("x-kubernetes-list-type");
    let Some(kind) = schema.get("x-kubernetes-list-type") else {
        if !keys.is_empty() {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            faults.add(Cause::required(kind_at, detail));
        }
        return ListTopology::Atomic;
    };
    if schema.get("type").and_then(Value::as_str) != Some("array") {
        let found = schema.get("type").unwrap_or(&Value::Null);
        let detail = "must be array if x-kubernetes-list-type is specified";
        faults.add(Cause::invalid(at.child("type"), found, detail));
        return ListTopology::Atomic;
    }
    let kind = kind.as_str().unwrap_or_default();
    if kind != "map" && !keys.is_empty() {
        let found = Value::String(kind.to_owned());
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        faults.add(Cause::invalid(kind_at, &found, detail));
    }
    let items_at = at.child("items");
    let items = schema.get("items").and_then(Value::as_object);
    let is_nullable = items.is_some_and(|items| is_true(items, "nullable"));
    if is_nullable && matches!(kind, "map" | "set") {
        let detail = format!("cannot be nullable when x-kubernetes-list-type is {kind}");
        faults.add(Cause::forbidden(items_at.child("nullable"), &detail));
    }
    match kind {
        "atomic" => ListTopology::Atomic,
        "set" => {
            if let Some(items) = items {
                check_set(items, &items_at, faults);
            }
            ListTopology::Set
        }
        "map" => {
            if keys.is_empty() {
                let path = at.child("x-kubernetes-list-map-keys");
                let detail = "must not be empty if x-kubernetes-list-type is map";
                faults.add(Cause::required(path, detail));
            }
            if let Some(items) = items {
                check_map(items, &keys, at, faults);
            }
            ListTopology::Map(keys)
        }
        other => {
            let found = Value::String(other.to_owned());
            faults.add(Cause::unsupported(
                kind_at,
                &found,
                ["atomic", "map", "set"],
            ));
            ListTopology::Atomic
        }
    }
}

fn read_keys(schema: &Map<String, Value>, at: &Path<'_>, faults: &mut Faults) -> Vec<Box<str>> {
    let path = at.child("x-kubernetes-list-map-keys");
    let Some(keys) = schema.get("x-kubernetes-list-map-keys") else {
        return Vec::new();
    };
    let Value::Array(keys) = keys else {
        faults.mistyped(path, "array", keys);
        return Vec::new();
    };
    let mut read: Vec<Box<str>> = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        match key.as_str() {
            Some(text) if read.iter().any(|other| other.as_ref() == text) => {
                faults.add(Cause::duplicate(path.index(index), key));
            }
            Some(text) => read.push(text.into()),
            None => faults.mistyped(path.index(index), "string", key),
        }
    }
    read
}

/// Elements of a set are told by their value, so each has one owner.
fn check_set(items: &Map<String, Value>, at: &Path<'_>, faults: &mut Faults) {
    let kind = items
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (keyword, wanted) = match kind {
        "object" => ("x-kubernetes-map-type", "atomic"),
        "array" => ("x-kubernetes-list-type", "atomic"),
        _ => return,
    };
    let found = items.get(keyword).and_then(Value::as_str);
    let is_atomic = found == Some(wanted) || (found.is_none() && kind == "array");
    if !is_atomic {
        let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
        match found {
            None => faults.add(Cause::required(at.child(keyword), detail)),
            Some(found) => {
                let found = Value::String(found.to_owned());
                faults.add(Cause::invalid(at.child(keyword), &found, detail));
            }
        }
    }
}

/// Elements of a map are told by fields, which each of them must have.
fn check_map(items: &Map<String, Value>, keys: &[Box<str>], at: &Path<'_>, faults: &mut Faults) {
    let items_at = at.child("items");
    let kind = items.get("type").cloned().unwrap_or_default();
    if kind.as_str() != Some("object") {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        faults.add(Cause::invalid(items_at.child("type"), &kind, detail));
        return;
    }
    let fields_at = items_at.child("properties");
    let required = items.get("required").and_then(Value::as_array);
    for key in keys {
        let field = items
            .get("properties")
            .and_then(|fields| fields.get(key.as_ref()));
        let Some(field) = field else {
            let found = Value::String(key.to_string());
            let detail = "entries must all be names of item properties";
            let path = at.child("x-kubernetes-list-map-keys");
            faults.add(Cause::invalid(path, &found, detail));
            continue;
        };
        let place = fields_at.key(key);
        let kind = field.get("type").cloned().unwrap_or_default();
        if matches!(kind.as_str(), Some("array" | "object")) {
            let detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            faults.add(Cause::invalid(place.child("type"), &kind, detail));
        }
        let is_required = required
            .is_some_and(|names| names.iter().any(|name| name.as_str() == Some(key.as_ref())));
        if !is_required && field.get("default").is_none() {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            faults.add(Cause::required(place.child("default"), detail));
        }
        if field.get("nullable") == Some(&Value::Bool(true)) {
            let detail = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            faults.add(Cause::forbidden(place.child("nullable"), detail));
        }
    }
}

/// Reads `x-kubernetes-map-type` of a schema: whether the map has one owner as a whole.
pub(super) fn read_map_type(
    schema: &Map<String, Value>,
    at: &Path<'_>,
    faults: &mut Faults,
) -> bool {
    let Some(kind) = schema.get("x-kubernetes-map-type") else {
        return false;
    };
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        let found = schema.get("type").unwrap_or(&Value::Null);
        let detail = "must be object if x-kubernetes-map-type is specified";
        faults.add(Cause::invalid(at.child("type"), found, detail));
    }
    if !matches!(kind.as_str(), Some("atomic" | "granular")) {
        faults.add(Cause::unsupported(
            at.child("x-kubernetes-map-type"),
            kind,
            ["atomic", "granular"],
        ));
    }
    kind.as_str() == Some("atomic")
}

pub(super) fn is_true(schema: &Map<String, Value>, keyword: &str) -> bool {
    schema.get(keyword) == Some(&Value::Bool(true))
}
