//! A namespace's life: what it has from the start, and how it ends.
//!
//! Source: Kubernetes documentation, "Namespaces", "Configure Service Accounts for Pods" (the
//! controllers that keep `default` and `kube-root-ca.crt` in each namespace).

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects;
use super::delete::{Deletion, Propagation};
use super::store::{Change, Place, finalizers, is_terminating, set};
use super::tasks::Task;
use crate::chance;
use crate::store::records::KubernetesObject;

impl Change<'_, '_> {
    /// Gives a namespace what each has.
    pub(in super::super) fn furnish(&mut self, namespace: &str) {
        self.ensure(
            "serviceaccounts",
            namespace,
            DEFAULT_ACCOUNT,
            json!({ "apiVersion": "v1", "kind": "ServiceAccount" }),
        );
        let certificate = self.scene.cluster.root_certificate().to_owned();
        self.ensure(
            "configmaps",
            namespace,
            ROOT_CERTIFICATE,
            json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": { "annotations": { "kubernetes.io/description": ABOUT } },
                "data": { "ca.crt": certificate },
            }),
        );
    }

    /// Brings back what each namespace has, where somebody has deleted it.
    pub(super) fn restore_defaults(&mut self, object: &KubernetesObject) {
        let is_default = object.group.is_empty()
            && matches!(
                (object.resource.as_str(), object.name.as_str()),
                ("serviceaccounts", DEFAULT_ACCOUNT) | ("configmaps", ROOT_CERTIFICATE)
            );
        let is_active = self
            .namespace(&object.namespace)
            .is_some_and(|namespace| !namespace.head.is_terminating);
        if is_default && is_active {
            self.furnish(&object.namespace);
        }
    }

    /// The namespace of that name.
    pub(in super::super) fn namespace(&self, name: &str) -> Option<Arc<KubernetesObject>> {
        objects::get(self.state(), "", "namespaces", "", name).cloned()
    }

    /// Marks a namespace, and empties it.
    pub(super) fn delete_namespace(
        &mut self,
        object: &Arc<KubernetesObject>,
        mut body: Value,
    ) -> Value {
        if !is_terminating(&body) {
            let time = objects::time(self.scene.now);
            set(&mut body, "deletionTimestamp", json!(time));
            if let Some(fields) = body.as_object_mut() {
                fields.insert("status".to_owned(), json!({ "phase": "Terminating" }));
            }
            body = self.put(Place::of(object), Some(object), body);
        }
        for inside in self.contents(&object.name, usize::MAX) {
            // An earlier one may have taken it along.
            if let Some(inside) = self.find(Place::of(&inside)) {
                self.delete(&inside, IN_THE_BACKGROUND);
            }
        }
        let name = object.name.clone();
        self.tasks.push_back(Task::FinishNamespace(name));
        body
    }

    /// Lets a namespace go that is being deleted, and in which nothing is left.
    pub(super) fn finish_namespace(&mut self, name: &str) {
        if name.is_empty() {
            return;
        }
        let Some(object) = self.namespace(name).filter(|one| one.head.is_terminating) else {
            return;
        };
        if !self.contents(name, 1).is_empty() {
            return;
        }
        let mut body = object.body();
        let own = objects::elements(&body, "/spec/finalizers").filter_map(Value::as_str);
        let foreign: Vec<_> = own
            .filter(|one| *one != FINALIZER)
            .map(str::to_owned)
            .collect();
        if foreign.is_empty() && finalizers(&body).is_empty() {
            self.erase(&object, &body);
            return;
        }
        if let Some(spec) = body.pointer_mut("/spec").and_then(Value::as_object_mut)
            && spec.get("finalizers") != Some(&json!(foreign))
        {
            spec.insert("finalizers".to_owned(), json!(foreign));
            self.put(Place::of(&object), Some(&object), body);
        }
    }

    /// The objects in a namespace, at most `limit`.
    fn contents(&self, namespace: &str, limit: usize) -> Vec<Arc<KubernetesObject>> {
        let objects = &self.state().objects;
        let mut found = Vec::new();
        let mut from = String::new();
        // From resource to resource: what other namespaces hold is stepped over.
        while found.len() < limit
            && let Some((_, next)) = objects.range(from..).next()
        {
            let whole = format!("{}/{}", next.group, next.resource);
            let prefix = format!("{whole}/{namespace}/");
            let inside = objects
                .range(prefix.clone()..)
                .take_while(|(key, _)| key.starts_with(&prefix))
                .take(limit.saturating_sub(found.len()));
            found.extend(inside.map(|(_, object)| Arc::clone(object)));
            // `0` is the character after `/`.
            from = format!("{whole}0");
        }
        found
    }

    fn ensure(&mut self, resource: &str, namespace: &str, name: &str, mut body: Value) {
        let place = Place {
            group: "",
            resource,
            namespace,
            name,
        };
        if self.find(place).is_some() {
            return;
        }
        if let Some(fields) = body.as_object_mut() {
            fields.entry("metadata").or_insert_with(|| json!({}));
        }
        for (field, value) in [
            ("name", name.to_owned()),
            ("namespace", namespace.to_owned()),
            ("uid", chance::uuid(self.scene.chance)),
            ("creationTimestamp", objects::time(self.scene.now)),
        ] {
            set(&mut body, field, json!(value));
        }
        self.put(place, None, body);
    }
}

const IN_THE_BACKGROUND: Deletion = Deletion {
    propagation: Some(Propagation::Background),
    grace: None,
};
/// Namespaces that the API server keeps.
pub(in super::super) const PROTECTED: &[&str] = &["default", "kube-system"];
/// The account of pods that name none; every namespace has it.
pub(in super::super) const DEFAULT_ACCOUNT: &str = "default";
const ROOT_CERTIFICATE: &str = "kube-root-ca.crt";
const FINALIZER: &str = "kubernetes";
// The words of the controller that publishes it.
const ABOUT: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
