//! Deleting one object: at once, or when its finalizers are gone.
//!
//! A pod on a node is given its time to end, as a kubelet would; the lab's node takes none, so that
//! the pod is seen terminating and then gone, in one transaction.
//!
//! Source: Kubernetes documentation, "Finalizers", "Use Cascading Deletion in a Cluster", "Pod
//! Lifecycle" (termination of pods).

use std::sync::Arc;

use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::super::objects::{self, elements, text};
use super::definitions;
use super::store::{Change, Place, finalizers, is_terminating, set};
use super::tasks::Task;
use crate::store::State;
use crate::store::records::KubernetesObject;

/// What becomes of the objects that a deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Propagation {
    /// They go after it.
    Background,
    /// It goes after them.
    Foreground,
    /// They lose it as their owner.
    Orphan,
}

/// How an object is deleted.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Deletion {
    /// Absent: as its finalizers say, in the background by default.
    pub(in super::super) propagation: Option<Propagation>,
    /// The seconds that a pod is given.
    pub(in super::super) grace: Option<i64>,
}

impl Change<'_, '_> {
    /// Deletes an object; gives it as it is then, or was last. Whether it is gone, the state tells
    /// when all has followed.
    pub(in super::super) fn delete(
        &mut self,
        object: &Arc<KubernetesObject>,
        deletion: Deletion,
    ) -> Value {
        let body = object.body();
        if object.group.is_empty() && object.resource == "namespaces" {
            return self.delete_namespace(object, body);
        }
        let mut marked = body.clone();
        mark_finalizers(&mut marked, deletion.propagation);
        if definitions::is_definition(object) {
            definitions::hold(&mut marked);
        }
        let grace = grace(object, &body, deletion);
        if finalizers(&marked).is_empty() && grace == 0 {
            self.erase(object, &body);
            return body;
        }
        if !is_terminating(&body) {
            let time = self.deletion_time(grace);
            set(&mut marked, "deletionTimestamp", json!(time));
            set(&mut marked, "deletionGracePeriodSeconds", json!(grace));
            bump_generation(&mut marked);
        }
        let marked = if marked == body {
            body
        } else {
            self.put(Place::of(object), Some(object), marked)
        };
        self.tasks.push_back(Task::Proceed(object.record_key()));
        marked
    }

    /// Lets an object that is being deleted go as far as its finalizers allow.
    pub(super) fn proceed(&mut self, object: &Arc<KubernetesObject>) {
        let mut body = object.body();
        let uid = &object.head.uid;
        if finalizers(&body).contains(&ORPHAN) {
            self.orphan_dependents(uid);
            body = self.finalize(object, body, ORPHAN);
        }
        if finalizers(&body).contains(&definitions::CLEANUP) && self.clean_up(&body) {
            body = self.finalize(object, body, definitions::CLEANUP);
        }
        if finalizers(&body).contains(&FOREGROUND) {
            self.delete_dependents(uid);
            if !self.is_blocked(uid) {
                body = self.finalize(object, body, FOREGROUND);
            }
        }
        if finalizers(&body).is_empty() {
            self.erase(object, &body);
        }
    }

    /// Takes a finalizer off.
    pub(super) fn finalize(
        &mut self,
        object: &KubernetesObject,
        mut body: Value,
        finalizer: &str,
    ) -> Value {
        without_finalizer(&mut body, finalizer);
        let place = Place::of(object);
        let before = self.find(place);
        self.put(place, before.as_ref(), body)
    }

    /// Takes an object out for good, and has all follow that hangs on it.
    pub(in super::super) fn erase(&mut self, object: &KubernetesObject, body: &Value) {
        if !self.take(object, body) {
            return;
        }
        self.tasks.push_back(Task::Collect(object.head.uid.clone()));
        self.tell_definition(object);
        for owner in elements(body, "/metadata/ownerReferences") {
            self.tasks.push_back(Task::Release {
                namespace: object.namespace.clone(),
                owner: owner.clone(),
            });
        }
        self.restore_defaults(object);
        if !object.namespace.is_empty() {
            let namespace = object.namespace.clone();
            self.tasks.push_back(Task::FinishNamespace(namespace));
        }
    }

    fn deletion_time(&self, grace: i64) -> String {
        let second = self.scene.now.as_second().saturating_add(grace);
        objects::time(Timestamp::from_second(second).unwrap_or(self.scene.now))
    }
}

impl<'a> Place<'a> {
    /// The object that is there.
    pub(in super::super) fn in_state(self, state: &State) -> Option<Arc<KubernetesObject>> {
        objects::get(state, self.group, self.resource, self.namespace, self.name).cloned()
    }

    /// Where the object is.
    pub(in super::super) fn of(object: &'a KubernetesObject) -> Self {
        Self {
            group: &object.group,
            resource: &object.resource,
            namespace: &object.namespace,
            name: &object.name,
        }
    }
}

/// The seconds that an object is given to end: none but to a pod that runs.
fn grace(object: &KubernetesObject, body: &Value, deletion: Deletion) -> i64 {
    let is_pod = object.group.is_empty() && object.resource == "pods";
    let runs = !text(body, "/spec/nodeName").is_empty();
    let has_ended = matches!(text(body, "/status/phase"), "Failed" | "Succeeded");
    if !is_pod || !runs || has_ended {
        return 0;
    }
    let own = body
        .pointer("/spec/terminationGracePeriodSeconds")
        .and_then(Value::as_i64);
    let seconds = deletion.grace.or(own).unwrap_or(DEFAULT_GRACE);
    seconds.clamp(0, LONGEST_GRACE)
}

fn bump_generation(body: &mut Value) {
    let generation = body.pointer("/metadata/generation").and_then(Value::as_u64);
    if let Some(generation) = generation {
        set(body, "generation", json!(generation.saturating_add(1)));
    }
}

/// Adds the finalizer of the policy, and takes off that of the other one.
fn mark_finalizers(body: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else {
        return;
    };
    without_finalizer(body, ORPHAN);
    without_finalizer(body, FOREGROUND);
    let own = match propagation {
        Propagation::Background => return,
        Propagation::Foreground => FOREGROUND,
        Propagation::Orphan => ORPHAN,
    };
    let mut all: Vec<String> = finalizers(body).into_iter().map(str::to_owned).collect();
    all.push(own.to_owned());
    set(body, "finalizers", json!(all));
}

pub(super) fn without_finalizer(body: &mut Value, finalizer: &str) {
    let Some(metadata) = body.pointer_mut("/metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(list) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) else {
        return;
    };
    list.retain(|one| one.as_str() != Some(finalizer));
    if list.is_empty() {
        metadata.shift_remove("finalizers");
    }
}

/// Holds an object until those that it owns, and that block it, are gone.
pub(super) const FOREGROUND: &str = "foregroundDeletion";
/// Holds an object until those that it owns no longer name it.
const ORPHAN: &str = "orphan";
// What the API gives a pod that says nothing.
const DEFAULT_GRACE: i64 = 30;
// A year; what is longer is no time that anybody waits.
const LONGEST_GRACE: i64 = 31_536_000;
