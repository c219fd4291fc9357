//! Stored objects as a version of their resource shows them.
//!
//! Custom resources of several versions differ in `apiVersion` alone (conversion strategy `None`).
//! Source: Kubernetes documentation, "Versions in CustomResourceDefinitions".

use serde_json::{Value, json};

use super::events;
use super::request::Target;
use crate::store::records::KubernetesObject;

/// How objects are shown.
#[derive(Clone, Debug)]
pub(super) struct View {
    api_version: String,
    /// How the text of an object begins that is stored in this very version.
    beginning: String,
    is_event: bool,
}

impl View {
    /// As the target's version shows them.
    pub(super) fn of(target: &Target) -> Self {
        let api_version = target.api_version();
        let beginning = format!("{{\"apiVersion\":{},", json!(api_version));
        Self {
            api_version,
            beginning,
            is_event: events::is_other_form(target),
        }
    }

    /// The object.
    pub(super) fn value(&self, object: &KubernetesObject) -> Value {
        let mut value = object.body();
        if self.is_event {
            return events::from_core(value);
        }
        if !object.text().starts_with(&self.beginning)
            && let Some(fields) = value.as_object_mut()
        {
            fields.insert("apiVersion".to_owned(), json!(self.api_version));
        }
        value
    }

    /// The object, appended as JSON.
    pub(super) fn write(&self, object: &KubernetesObject, out: &mut Vec<u8>) {
        if object.text().starts_with(&self.beginning) {
            out.extend_from_slice(object.text().as_bytes());
        } else {
            out.extend_from_slice(self.value(object).to_string().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_shown_in_the_version_that_was_asked_for() {
        let body = json!({ "apiVersion": "a.b/v1", "kind": "W", "metadata": {} });
        let object = KubernetesObject::new("a.b", "ws", "n", "w", &body);
        for version in ["v1", "v2"] {
            let target = Target::parse(&format!("/apis/a.b/{version}/namespaces/n/ws")).unwrap();
            let view = View::of(&target);
            let shown = view.value(&object);
            assert_eq!(shown["apiVersion"], format!("a.b/{version}"));
            let mut text = Vec::new();
            view.write(&object, &mut text);
            assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), shown);
        }
    }
}
