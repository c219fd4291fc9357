//! Events: about an object of their own namespace.
//!
//! Source: the words of k8s.io/kubernetes' `pkg/apis/core/validation/events.go`.

use serde_json::{Value, json};

use super::super::objects::text;
use super::super::status::Cause;

/// What an event breaks of the rules.
pub(super) fn faults(event: &Value) -> Vec<Cause> {
    let own = text(event, "/metadata/namespace");
    let about = match text(event, "/regarding/namespace") {
        "" => text(event, "/involvedObject/namespace"),
        about => about,
    };
    // Events about cluster-scoped objects are kept in `default`.
    let is_right = own == about || about.is_empty() && matches!(own, "default" | "kube-system");
    if is_right {
        return Vec::new();
    }
    let why = "does not match event.namespace";
    vec![Cause::invalid(
        "involvedObject.namespace",
        json!(about),
        why,
    )]
}
