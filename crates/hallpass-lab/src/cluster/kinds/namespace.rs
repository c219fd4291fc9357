//! Namespaces: a label with their own name, a finalizer of the cluster's own, a phase.
//!
//! Source: Kubernetes documentation, "Namespaces" (automatic labelling); API reference, `Namespace`.

use serde_json::{Value, json};

use super::super::change::set;
use super::super::objects::{self, text};

/// A namespace from its start.
pub(super) fn complete_new(namespace: &mut Value) {
    label(namespace);
    if let Some(fields) = namespace.as_object_mut() {
        fields.insert("spec".to_owned(), json!({ "finalizers": ["kubernetes"] }));
        fields.insert("status".to_owned(), json!({ "phase": "Active" }));
    }
}

/// Its finalizers are changed by its subresource `finalize` alone.
pub(super) fn complete_changed(old: &Value, namespace: &mut Value) {
    label(namespace);
    if let (Some(spec), Some(fields)) = (old.get("spec"), namespace.as_object_mut()) {
        fields.insert("spec".to_owned(), spec.clone());
    }
}

fn label(namespace: &mut Value) {
    let mut labels = objects::strings(namespace, "/metadata/labels");
    let name = text(namespace, "/metadata/name").to_owned();
    labels.insert("kubernetes.io/metadata.name".to_owned(), name);
    set(namespace, "labels", json!(labels));
}
