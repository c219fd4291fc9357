//! Where the objects that a request is about are stored, and what is known of their resource.

use serde_json::Value;

use super::change::Place;
use super::events;
use super::request::Target;
use super::resources::Origin;

impl Target {
    /// The group and the resource under which the objects are stored.
    pub(super) fn storage(&self) -> (&str, &str) {
        // Both forms of events are the same objects.
        if events::is_other_form(self) {
            return ("", &self.resource);
        }
        (&self.group, &self.resource)
    }

    /// The object in the form in which it is stored.
    pub(super) fn to_storage(&self, object: Value) -> Value {
        if events::is_other_form(self) {
            events::to_core(object)
        } else {
            object
        }
    }

    /// A stored object in the form of the target's version.
    pub(super) fn served(&self, object: Value) -> Value {
        if events::is_other_form(self) {
            events::from_core(object)
        } else {
            object
        }
    }

    /// Where the object of that name is stored.
    pub(super) fn place<'a>(&'a self, name: &'a str) -> Place<'a> {
        let (group, resource) = self.storage();
        Place {
            group,
            resource,
            namespace: &self.namespace,
            name,
        }
    }

    /// The kind of the objects.
    pub(super) fn kind(&self) -> String {
        self.known()
            .map(|known| known.kind.clone())
            .unwrap_or_default()
    }

    /// The kind of a list of them.
    pub(super) fn list_kind(&self) -> String {
        let known = self.known().map(|known| known.list_kind.clone());
        known.unwrap_or_else(|_| "List".to_owned())
    }

    /// Whether it is a custom resource.
    pub(super) fn is_custom(&self) -> bool {
        self.known().is_ok_and(|known| known.is_custom())
    }

    /// Whether the status is written apart from the rest.
    pub(super) fn has_status(&self) -> bool {
        self.known()
            .is_ok_and(|known| known.subresource("status").is_some())
    }

    /// Whether the request is about that part of the object.
    pub(super) fn is_part(&self, subresource: &str) -> bool {
        self.subresource.as_deref() == Some(subresource)
    }

    /// The fields that a definition lets selectors name, as JSON paths (`.spec.color`).
    pub(super) fn selectable_fields(&self) -> Vec<String> {
        let Ok(known) = self.known() else {
            return Vec::new();
        };
        match &known.origin {
            Origin::Custom(version) => version.selectable.iter().map(ToString::to_string).collect(),
            Origin::BuiltIn | Origin::Implied => Vec::new(),
        }
    }

    /// What stands at the top of the object that a write to the target leaves alone.
    pub(super) fn ignored_fields(&self) -> &'static [&'static str] {
        if self.is_part("status") {
            &["spec", "metadata"]
        } else if self.has_status() {
            &["status"]
        } else {
            &[]
        }
    }

    /// The same collection's object of that name.
    pub(super) fn named(&self, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..self.clone()
        }
    }
}
