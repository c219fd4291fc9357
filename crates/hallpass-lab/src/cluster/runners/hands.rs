//! What controllers do: look at objects, make them, change them, delete them, by the cluster's own ways.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::{self, text};
use super::super::operate::{Course, Operation, PatchKind, Payload};
use super::super::request::Verb;
use super::kind::{Kind, POD};
use crate::events::DecisionRecord;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// A controller's hands.
pub(super) struct Hands<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) course: &'a mut Course,
    /// A scale set for which a job waits: namespace and name.
    pub(super) waiting: Option<(String, String)>,
}

impl Hands<'_> {
    /// The object of that name, unless it is on its way out.
    pub(super) fn find(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<KubernetesObject>> {
        let found = self
            .world
            .store
            .read(|state| objects::get(state, kind.group, kind.plural, namespace, name).cloned());
        found.filter(|object| !object.head.is_terminating)
    }

    /// The objects of a kind in a namespace.
    pub(super) fn list(&self, kind: Kind, namespace: &str) -> Vec<Arc<KubernetesObject>> {
        self.world.store.read(|state| {
            objects::list(state, kind.group, kind.plural, namespace)
                .filter(|object| !object.head.is_terminating)
                .cloned()
                .collect()
        })
    }

    /// The objects of a kind that `owner` owns, in the order of their making.
    pub(super) fn owned(&self, owner: &KubernetesObject, kind: Kind) -> Vec<Owned> {
        let mut found: Vec<Owned> = self.world.store.read(|state| {
            let keys = state.owners.dependents(&owner.head.uid);
            keys.filter_map(|key| state.objects.get(key))
                .filter(|object| object.group == kind.group && object.resource == kind.plural)
                .filter(|object| !object.head.is_terminating)
                .map(|object| Owned {
                    body: object.body(),
                    object: Arc::clone(object),
                })
                .collect()
        });
        found.sort_by(|left, right| left.age().cmp(&right.age()));
        found
    }

    /// The pod of a runner, which bears its name.
    pub(super) fn pod(&self, runner: &KubernetesObject) -> Option<Owned> {
        self.owned(runner, POD).into_iter().next()
    }

    /// Makes an object; what the cluster does not take is told in the event log.
    pub(super) async fn create(
        &mut self,
        kind: Kind,
        namespace: &str,
        mut object: Value,
    ) -> Option<Value> {
        if let Some(fields) = object.as_object_mut() {
            fields.insert("apiVersion".to_owned(), json!(kind.api_version()));
            fields.insert("kind".to_owned(), json!(kind.name));
        }
        let target = kind.target(&self.registry(), namespace, None, None);
        let name = text(&object, "/metadata/name").to_owned();
        let made = Operation::own(Verb::Create, target, Payload::Object(object))
            .create(self.world, self.course)
            .await;
        match made {
            Ok(made) => Some(made),
            Err(status) => {
                self.note("create", kind, namespace, &name, status.message);
                None
            }
        }
    }

    /// Changes an object by a merge patch; nothing happens where it is so already.
    pub(super) async fn merge(&mut self, object: &KubernetesObject, kind: Kind, patch: Value) {
        self.patch(object, kind, None, patch).await;
    }

    /// Tells the status of an object.
    pub(super) async fn tell(&mut self, object: &KubernetesObject, kind: Kind, status: Value) {
        let target = kind.target(
            &self.registry(),
            &object.namespace,
            Some(&object.name),
            None,
        );
        // A definition may keep the status apart, or not.
        let part = target.has_status().then_some("status");
        self.patch(object, kind, part, json!({ "status": status }))
            .await;
    }

    async fn patch(
        &mut self,
        object: &KubernetesObject,
        kind: Kind,
        part: Option<&str>,
        patch: Value,
    ) {
        let target = kind.target(
            &self.registry(),
            &object.namespace,
            Some(&object.name),
            part,
        );
        let done = Operation::own(Verb::Patch, target, Payload::Patch(PatchKind::Merge, patch))
            .patch(self.world, self.course)
            .await;
        if let Err(status) = done {
            let name = object.name.clone();
            self.note("patch", kind, &object.namespace, &name, status.message);
        }
    }

    /// Deletes an object; one that is gone already is none too many.
    pub(super) async fn delete(&mut self, kind: Kind, object: &KubernetesObject) {
        let target = kind.target(
            &self.registry(),
            &object.namespace,
            Some(&object.name),
            None,
        );
        let _ = Operation::own(Verb::Delete, target, Payload::Nothing)
            .delete(self.world, self.course)
            .await;
    }

    /// Lets an object be settled.
    pub(super) fn touch(&mut self, kind: Kind, namespace: &str, name: &str) {
        let place = [kind.group, kind.plural, namespace, name].map(str::to_owned);
        self.course.touched.runners.insert(place.into());
    }

    /// Tells the event log what could not be done, or why something was.
    pub(super) fn note(
        &mut self,
        action: &str,
        kind: Kind,
        namespace: &str,
        name: &str,
        why: String,
    ) {
        self.course.notes.decisions.push(DecisionRecord {
            action: action.to_owned(),
            resource: format!("{}/{namespace}/{name}", kind.plural),
            decision: "ExplicitDeny",
            summary: why,
            explanation: json!([]),
        });
    }

    fn registry(&self) -> Arc<super::super::resources::Registry> {
        let world = self.world;
        world.store.read(|state| world.cluster.registry(state))
    }
}

/// An object that another one owns.
pub(super) struct Owned {
    pub(super) object: Arc<KubernetesObject>,
    pub(super) body: Value,
}

impl Owned {
    fn age(&self) -> (&str, u64) {
        let made = text(&self.body, "/metadata/creationTimestamp");
        (made, self.object.head.version)
    }
}

/// The reference to an owner that controls what it owns.
pub(super) fn controlled_by(owner: &Value) -> Value {
    json!([{
        "apiVersion": text(owner, "/apiVersion"),
        "kind": text(owner, "/kind"),
        "name": text(owner, "/metadata/name"),
        "uid": text(owner, "/metadata/uid"),
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}
