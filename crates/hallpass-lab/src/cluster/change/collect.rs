//! Owners and dependents: what the garbage collector of a cluster does.
//!
//! Source: Kubernetes documentation, "Garbage Collection", "Owners and Dependents", "Use Cascading
//! Deletion in a Cluster".

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::{elements, text};
use super::super::resources::Resource;
use super::delete::{Deletion, FOREGROUND, Propagation};
use super::store::{Change, Place, finalizers, is_terminating, set};
use crate::store::records::KubernetesObject;

impl Change<'_, '_> {
    /// An owner is gone: those that have no other one go, too; the others lose its name.
    pub(super) fn collect(&mut self, uid: &str) {
        for dependent in self.dependents(uid) {
            let body = dependent.body();
            if self.has_other_owner(&dependent, &body, uid) {
                self.disown(&dependent, body, uid);
            } else {
                self.delete(&dependent, AS_IT_SAYS);
            }
        }
    }

    /// An object none of whose owners is there goes. One that names a kind which the cluster does not
    /// serve stays: its owner may be there one day.
    pub(super) fn collect_ownerless(&mut self, object: &Arc<KubernetesObject>) {
        let body = object.body();
        let mut owners = elements(&body, "/metadata/ownerReferences").peekable();
        let are_gone = owners.peek().is_some()
            && owners.all(|owner| {
                self.resource_of(owner).is_some() && self.owner(&object.namespace, owner).is_none()
            });
        if are_gone && !object.head.is_terminating {
            self.delete(object, AS_IT_SAYS);
        }
    }

    /// An owner that is deleted before its dependents: those that no other owner keeps are deleted.
    pub(super) fn delete_dependents(&mut self, uid: &str) {
        for dependent in self.dependents(uid) {
            let body = dependent.body();
            if is_terminating(&body) || self.has_other_owner(&dependent, &body, uid) {
                continue;
            }
            let has_own = self.state().owners.dependents(&dependent.head.uid).next();
            let propagation = has_own.map(|_| Propagation::Foreground);
            self.delete(
                &dependent,
                Deletion {
                    propagation,
                    grace: None,
                },
            );
        }
    }

    /// Dependents that stay without their owner.
    pub(super) fn orphan_dependents(&mut self, uid: &str) {
        for dependent in self.dependents(uid) {
            let body = dependent.body();
            self.disown(&dependent, body, uid);
        }
    }

    /// Whether an object still owns some that block its deletion.
    pub(super) fn is_blocked(&self, uid: &str) -> bool {
        let state = self.state();
        let mut keys = state.owners.dependents(uid);
        keys.any(|key| {
            let body = state.objects.get(key).map(|object| object.body());
            body.is_some_and(|body| {
                elements(&body, "/metadata/ownerReferences").any(|owner| {
                    let blocks = owner.get("blockOwnerDeletion").and_then(Value::as_bool);
                    text(owner, "/uid") == uid && blocks == Some(true)
                })
            })
        })
    }

    /// An object is gone: its owner, where that waited for it, may go.
    pub(super) fn release_owner(&mut self, namespace: &str, reference: &Value) {
        let waiting = self.owner(namespace, reference);
        let Some(owner) = waiting.filter(|owner| owner.head.is_terminating) else {
            return;
        };
        let body = owner.body();
        if !finalizers(&body).contains(&FOREGROUND) || self.is_blocked(&owner.head.uid) {
            return;
        }
        let body = self.finalize(&owner, body, FOREGROUND);
        if finalizers(&body).is_empty() {
            self.erase(&owner, &body);
        }
    }

    /// The object that an owner reference names, if it is there: in the same namespace, or in none.
    pub(super) fn owner(
        &self,
        namespace: &str,
        reference: &Value,
    ) -> Option<Arc<KubernetesObject>> {
        let (name, uid) = (text(reference, "/name"), text(reference, "/uid"));
        let resource = self.resource_of(reference)?;
        [namespace, ""].into_iter().find_map(|namespace| {
            let place = Place {
                group: &resource.group,
                resource: &resource.plural,
                namespace,
                name,
            };
            self.find(place).filter(|object| object.head.uid == uid)
        })
    }

    /// The resource of the kind that an owner reference names.
    fn resource_of(&self, reference: &Value) -> Option<Arc<Resource>> {
        let version = text(reference, "/apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = text(reference, "/kind");
        let registry = self.scene.cluster.registry(self.state());
        let mut all = registry.all();
        all.find(|one| one.group == group && one.kind == kind)
            .cloned()
    }

    fn dependents(&self, uid: &str) -> Vec<Arc<KubernetesObject>> {
        let state = self.state();
        let keys = state.owners.dependents(uid);
        keys.filter_map(|key| state.objects.get(key).cloned())
            .collect()
    }

    fn has_other_owner(&self, object: &KubernetesObject, body: &Value, uid: &str) -> bool {
        object.head.owners.len() > 1
            && elements(body, "/metadata/ownerReferences")
                .filter(|owner| text(owner, "/uid") != uid)
                .any(|owner| {
                    self.owner(&object.namespace, owner)
                        .is_some_and(|owner| !owner.head.is_terminating)
                })
    }

    fn disown(&mut self, object: &Arc<KubernetesObject>, mut body: Value, uid: &str) {
        let left: Vec<Value> = elements(&body, "/metadata/ownerReferences")
            .filter(|owner| text(owner, "/uid") != uid)
            .cloned()
            .collect();
        if left.is_empty() {
            if let Some(metadata) = body.pointer_mut("/metadata").and_then(Value::as_object_mut) {
                metadata.shift_remove("ownerReferences");
            }
        } else {
            set(&mut body, "ownerReferences", json!(left));
        }
        self.put(Place::of(object), Some(object), body);
    }
}

const AS_IT_SAYS: Deletion = Deletion {
    propagation: None,
    grace: None,
};
