//! What controllers read from templates: hashes that tell them apart, labels, counts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::objects::{strings, text};

/// Tells values apart.
pub(super) fn digest(value: &Value) -> String {
    let text = value.to_string();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut text = hex::encode(digest.as_ref());
    text.truncate(10);
    text
}

/// Labels or annotations, and more of them on top.
pub(super) fn with(base: &Value, pointer: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut all = strings(base, pointer);
    all.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    all
}

/// A count that a specification asks for, within what the lab's one node runs.
pub(super) fn count(object: &Value, pointer: &str) -> Option<usize> {
    let number = object.pointer(pointer).and_then(Value::as_i64)?;
    let number = usize::try_from(number.max(0)).unwrap_or(MAX_RUNNERS);
    Some(number.min(MAX_RUNNERS))
}

/// The containers of a pod's specification, changed where they bear that name.
pub(super) fn change_container(spec: &mut Value, name: &str, change: impl Fn(&mut Value)) {
    let containers = spec.get_mut("containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        if text(container, "/name") == name {
            change(container);
        }
    }
}

/// Appends to a list of an object, made where there is none.
pub(super) fn append(object: &mut Value, field: &str, more: impl IntoIterator<Item = Value>) {
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    let list = fields.entry(field).or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.extend(more);
    }
}

/// A variable with a value.
pub(super) fn variable(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

/// The container that the job's steps run in.
pub(super) const RUNNER_CONTAINER: &str = "runner";
/// As many as a kubelet runs by default.
pub(super) const MAX_RUNNERS: usize = 110;
