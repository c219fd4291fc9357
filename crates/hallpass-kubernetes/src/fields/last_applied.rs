//! The way from client-side to server-side apply: what `kubectl apply` kept in an annotation.
//!
//! Source: Kubernetes documentation, "Server-Side Apply", upgrading from client-side apply.

use serde_json::{Value, json};

use super::compare::{Comparison, set_of};
use super::form::Known;
use super::managers::without_managers;
use super::set::FieldSet;

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The manager whose applies take over what client-side apply had.
const KUBECTL: &str = "kubectl";

/// Annotations may have so many bytes.
const MOST_BYTES: usize = 256 * 1024;

/// The fields that the manager may take although others have them: those that client-side apply
/// wrote last, and that nobody changed since.
pub(super) fn allowed(live: &Value, manager: &str, schema: Known<'_>) -> FieldSet {
    let written = annotation(live).filter(|_| manager == KUBECTL);
    let Some(last) = written.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return FieldSet::default();
    };
    if last.get("apiVersion") != live.get("apiVersion") || last.get("kind") != live.get("kind") {
        return FieldSet::default();
    }
    let since = Comparison::of(Some(&last), Some(live), schema);
    let mut allowed = set_of(&last, schema);
    allowed.strip();
    allowed.difference(&since.modified.union(&since.removed))
}

/// Keeps the annotation that an object has in step with what is applied, so that a client that still
/// applies by itself takes nothing away.
pub(super) fn keep_in_step(object: &mut Value, applied: &Value, manager: &str) {
    if manager != KUBECTL || annotation(object).is_none() {
        return;
    }
    let mut config = without_managers(applied);
    if let Some(Value::Object(annotations)) = config.pointer_mut("/metadata/annotations") {
        annotations.shift_remove(ANNOTATION);
    }
    let text = format!("{config}\n");
    let annotations = object.pointer_mut("/metadata/annotations");
    if let Some(Value::Object(annotations)) = annotations
        && text.len() <= MOST_BYTES
    {
        annotations.insert(ANNOTATION.to_owned(), json!(text));
    }
}

fn annotation(object: &Value) -> Option<&str> {
    object
        .get("metadata")?
        .get("annotations")?
        .get(ANNOTATION)?
        .as_str()
}
