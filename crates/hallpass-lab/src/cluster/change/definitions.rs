//! Custom resource definitions: which names are theirs, and what becomes of the objects of one that
//! is deleted.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions";
//! k8s.io/apiextensions-apiserver's controllers `status` (names, establishing) and `finalizer`.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::{self, elements, text};
use super::super::resources::{DEFINITIONS, is_own_group};
use super::delete::{Deletion, Propagation};
use super::store::{Change, finalizers, set};
use super::tasks::Task;
use crate::store::State;
use crate::store::records::KubernetesObject;

impl Change<'_, '_> {
    /// Brings the status of each definition to what its names and those of the others ask for;
    /// whether something has changed.
    pub(super) fn settle_definitions(&mut self) -> bool {
        let all: Vec<_> = list(self.state()).cloned().collect();
        let mut has_changed = false;
        // The names of those that are established are taken; the others come in order of their age.
        let bodies: Vec<Value> = all.iter().map(|object| object.body()).collect();
        let mut taken: Vec<Names> = bodies
            .iter()
            .filter(|body| is_established(body))
            .map(Names::of)
            .collect();
        for (object, body) in all.iter().zip(&bodies) {
            if object.head.is_terminating {
                continue;
            }
            let names = Names::of(body);
            let conflict = names.conflict(&taken);
            if conflict.is_none() && !is_established(body) {
                taken.push(names);
            }
            let now = objects::time(self.scene.now);
            let status = status(body, conflict.as_deref(), &now);
            if body.get("status") == Some(&status) {
                continue;
            }
            let mut body = body.clone();
            if let Some(fields) = body.as_object_mut() {
                fields.insert("status".to_owned(), status);
            }
            self.exchange(object, body);
            has_changed = true;
        }
        has_changed
    }

    /// Deletes the objects of a definition that is being deleted; whether all are gone.
    pub(super) fn clean_up(&mut self, definition: &Value) -> bool {
        let names = Names::of(definition);
        let (group, plural) = (names.group.as_str(), names.plural.as_str());
        let inside: Vec<_> = objects::list(self.state(), group, plural, "")
            .cloned()
            .collect();
        let deletion = Deletion {
            propagation: Some(Propagation::Background),
            grace: None,
        };
        for object in inside.iter().filter(|object| !object.head.is_terminating) {
            self.delete(object, deletion);
        }
        objects::list(self.state(), group, plural, "")
            .next()
            .is_none()
    }

    /// An object is gone: its definition may have waited for that.
    pub(super) fn tell_definition(&mut self, object: &KubernetesObject) {
        if object.group.contains('.') && !is_own_group(&object.group) {
            let name = format!("{}.{}", object.resource, object.group);
            let key = KubernetesObject::key_of(DEFINITIONS.0, DEFINITIONS.1, "", &name);
            self.tasks.push_back(Task::Proceed(key));
        }
    }
}

/// Whether the object is a definition.
pub(super) fn is_definition(object: &KubernetesObject) -> bool {
    (object.group.as_str(), object.resource.as_str()) == DEFINITIONS
}

/// Holds a definition until its objects are gone.
pub(super) fn hold(definition: &mut Value) {
    let mut all: Vec<String> = finalizers(definition)
        .into_iter()
        .map(str::to_owned)
        .collect();
    if !all.iter().any(|one| one == CLEANUP) {
        all.push(CLEANUP.to_owned());
        set(definition, "finalizers", json!(all));
    }
}

fn list(state: &State) -> impl Iterator<Item = &Arc<KubernetesObject>> {
    objects::list(state, DEFINITIONS.0, DEFINITIONS.1, "")
}

fn is_established(definition: &Value) -> bool {
    holds(definition, "Established")
}

fn holds(definition: &Value, kind: &str) -> bool {
    elements(definition, "/status/conditions")
        .any(|one| text(one, "/type") == kind && text(one, "/status") == "True")
}

/// What a definition wants to call its resources.
struct Names {
    definition: String,
    group: String,
    plural: String,
    /// Plural, singular and short names: what resources are called.
    resources: BTreeSet<String>,
    /// The kind, and that of lists.
    kinds: BTreeSet<String>,
}

impl Names {
    fn of(definition: &Value) -> Self {
        let name = |field: &str| text(definition, &format!("/spec/names/{field}")).to_owned();
        let kind = name("kind");
        let or = |given: String, default: String| if given.is_empty() { default } else { given };
        let mut resources: BTreeSet<_> = elements(definition, "/spec/names/shortNames")
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect();
        resources.insert(name("plural"));
        resources.insert(or(name("singular"), kind.to_lowercase()));
        let list = or(name("listKind"), format!("{kind}List"));
        Self {
            definition: text(definition, "/metadata/name").to_owned(),
            group: text(definition, "/spec/group").to_owned(),
            plural: name("plural"),
            resources,
            kinds: BTreeSet::from([kind, list]),
        }
    }

    /// The first of its names that another definition of its group has.
    fn conflict(&self, taken: &[Self]) -> Option<String> {
        let others = || {
            taken
                .iter()
                .filter(|other| other.group == self.group && other.definition != self.definition)
        };
        let of = |own: &BTreeSet<String>, get: fn(&Self) -> &BTreeSet<String>| {
            own.iter()
                .find(|name| others().any(|other| get(other).contains(*name)))
                .map(|name| format!("\"{name}\" is already in use"))
        };
        of(&self.resources, |other| &other.resources)
            .or_else(|| of(&self.kinds, |other| &other.kinds))
    }
}

fn status(definition: &Value, conflict: Option<&str>, now: &str) -> Value {
    let mut status = definition
        .get("status")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let is_established = is_established(definition) || conflict.is_none();
    let accepted = match conflict {
        None => ("True", "NoConflicts", "no conflicts found"),
        Some(why) => ("False", "NamesConflict", why),
    };
    let established = if is_established {
        (
            "True",
            "InitialNamesAccepted",
            "the initial names have been accepted",
        )
    } else {
        ("False", "NotAccepted", "not all names are accepted")
    };
    let conditions = [
        condition(definition, "NamesAccepted", accepted, now),
        condition(definition, "Established", established, now),
    ];
    let others = elements(definition, "/status/conditions")
        .filter(|one| !matches!(text(one, "/type"), "NamesAccepted" | "Established"))
        .cloned();
    let conditions: Vec<_> = conditions.into_iter().chain(others).collect();
    let mut stored: Vec<_> = elements(definition, "/status/storedVersions")
        .cloned()
        .collect();
    let storage = elements(definition, "/spec/versions")
        .find(|version| version.get("storage").and_then(Value::as_bool) == Some(true))
        .and_then(|version| version.get("name"));
    if let Some(storage) = storage.filter(|storage| !stored.contains(storage)) {
        stored.push(storage.clone());
    }
    if let Some(fields) = status.as_object_mut() {
        fields.insert("conditions".to_owned(), json!(conditions));
        if conflict.is_none() {
            let names = definition.pointer("/spec/names").cloned();
            fields.insert("acceptedNames".to_owned(), names.unwrap_or_default());
        }
        fields.insert("storedVersions".to_owned(), json!(stored));
    }
    status
}

fn condition(
    definition: &Value,
    kind: &str,
    (status, reason, message): (&str, &str, &str),
    now: &str,
) -> Value {
    let before = elements(definition, "/status/conditions")
        .find(|one| text(one, "/type") == kind && text(one, "/status") == status);
    let since = before.map_or(now, |before| text(before, "/lastTransitionTime"));
    json!({
        "lastTransitionTime": since,
        "message": message,
        "reason": reason,
        "status": status,
        "type": kind,
    })
}

/// The finalizer by which a definition waits for its objects.
pub(super) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
