//! Changes of the cluster's objects, inside one transaction of the store.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource versions, generated names,
//! conflicts), "Garbage Collection" (owners and dependents), "Namespaces".

use std::sync::Arc;

use hallpass_types::{Chance, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::names;
use super::objects::{self, text};
use super::pods;
use super::request::Target;
use super::status::Status;
use super::validate;
use crate::chance;
use crate::events::DecisionRecord;
use crate::identity::LabIdentity;
use crate::store::records::{KubernetesObject, Setting};
use crate::store::{State, Transaction};
use crate::world::World;

/// When and where a change happens.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: Timestamp,
    pub(super) chance: &'a dyn Chance,
    pub(super) identity: &'a LabIdentity,
}

impl<'a> Scene<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        Self {
            now: world.now(),
            chance: &*world.chance,
            identity: &world.identity,
        }
    }
}

/// A change in the making.
pub(super) struct Change<'a, 'tx> {
    tx: &'a mut Transaction<'tx>,
    pub(super) scene: Scene<'a>,
    /// What admission decided on the way, for the event log.
    pub(super) notes: Vec<DecisionRecord>,
    /// Whether the tokens on disk may have to follow.
    pub(super) touches_tokens: bool,
}

/// How an object is to be deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DeleteOptions {
    preconditions: Preconditions,
    propagation_policy: Option<String>,
    pub(super) dry_run: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

impl<'a, 'tx> Change<'a, 'tx> {
    pub(super) fn new(tx: &'a mut Transaction<'tx>, scene: Scene<'a>) -> Self {
        Self {
            tx,
            scene,
            notes: Vec::new(),
            touches_tokens: false,
        }
    }

    /// The state as the change has left it so far.
    pub(super) fn state(&self) -> &State {
        self.tx.state()
    }

    /// Makes an object.
    pub(super) fn create(&mut self, target: &Target, body: Value) -> Result<Value, Status> {
        let mut object = validate::typed(target, body)?;
        self.check_namespace(target, &mut object)?;
        if !text(&object, "/metadata/resourceVersion").is_empty() {
            return Err(Status::bad_request(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        let is_there = |name: &str| {
            let Target {
                group,
                resource,
                namespace,
                ..
            } = target;
            objects::get(self.state(), group, resource, namespace, name).is_some()
        };
        let base = text(&object, "/metadata/generateName").to_owned();
        if text(&object, "/metadata/name").is_empty() && !base.is_empty() {
            let name = (0..NAME_ATTEMPTS)
                .map(|_| names::generate(&base, self.scene.chance))
                .find(|name| !is_there(name))
                .unwrap_or_else(|| names::generate(&base, self.scene.chance));
            set(&mut object, "name", json!(name));
        }
        check_metadata(target, &object)?;
        let name = text(&object, "/metadata/name").to_owned();
        if is_there(&name) {
            return Err(Status::already_exists(&target.qualified(), &name));
        }
        set(&mut object, "uid", json!(chance::uuid(self.scene.chance)));
        let created = objects::time(self.scene.now);
        set(&mut object, "creationTimestamp", json!(created));
        if !target.group.is_empty() {
            set(&mut object, "generation", json!(1));
        }
        match (target.group.as_str(), target.resource.as_str()) {
            ("", "namespaces") => complete_namespace(&mut object, &name),
            ("", "pods") => {
                let note = pods::admit(self.state(), &self.scene, &mut object)?;
                self.notes.push(note);
            }
            _ => {}
        }
        Ok(self.put(target, object))
    }

    /// Replaces an object.
    pub(super) fn update(&mut self, target: &Target, body: Value) -> Result<Value, Status> {
        let old = self.find(target)?;
        let mut object = validate::typed(target, body)?;
        let name = text(&object, "/metadata/name");
        if name != target.name() {
            return Err(Status::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                target.name()
            )));
        }
        self.check_namespace(target, &mut object)?;
        let (resource, own) = (target.qualified(), &old.body());
        let uid = text(&object, "/metadata/uid");
        if !uid.is_empty() && uid != text(own, "/metadata/uid") {
            let why = precondition("UID", uid, text(own, "/metadata/uid"));
            return Err(Status::conflict(&resource, target.name(), &why));
        }
        let version = text(&object, "/metadata/resourceVersion");
        if !version.is_empty() && version != text(own, "/metadata/resourceVersion") {
            return Err(Status::conflict(&resource, target.name(), MODIFIED));
        }
        check_metadata(target, &object)?;
        for field in ["uid", "creationTimestamp", "generation", "resourceVersion"] {
            if let Some(value) = own.pointer(&format!("/metadata/{field}")) {
                set(&mut object, field, value.clone());
            }
        }
        match (target.group.as_str(), target.resource.as_str()) {
            ("", "namespaces") => complete_namespace(&mut object, target.name()),
            ("", "pods") => pods::check_update(own, &mut object)?,
            _ => {}
        }
        if object == *own {
            return Ok(object);
        }
        if object.get("spec") != own.get("spec") {
            let generation = own.pointer("/metadata/generation").and_then(Value::as_u64);
            if let Some(generation) = generation {
                set(
                    &mut object,
                    "generation",
                    json!(generation.saturating_add(1)),
                );
            }
        }
        Ok(self.put(target, object))
    }

    /// Changes parts of an object: a merge patch (RFC 7386).
    pub(super) fn merge(&mut self, target: &Target, patch: &Value) -> Result<Value, Status> {
        let mut body = self.find(target)?.body();
        merge(&mut body, patch);
        self.update(target, body)
    }

    /// Deletes an object, and what it owns; gives it as it was.
    pub(super) fn delete(
        &mut self,
        target: &Target,
        options: &DeleteOptions,
    ) -> Result<Value, Status> {
        let old = self.find(target)?;
        let body = old.body();
        let resource = target.qualified();
        let Preconditions {
            uid,
            resource_version,
        } = &options.preconditions;
        for (what, wanted, pointer) in [
            ("UID", uid, "/metadata/uid"),
            (
                "ResourceVersion",
                resource_version,
                "/metadata/resourceVersion",
            ),
        ] {
            let found = text(&body, pointer);
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != found) {
                let why = precondition(what, wanted, found);
                return Err(Status::conflict(&resource, target.name(), &why));
            }
        }
        if resource == "namespaces" {
            self.empty_namespace(target.name())?;
        }
        let orphans = options.propagation_policy.as_deref() == Some("Orphan");
        self.remove(&old, orphans);
        Ok(old.body())
    }

    /// The object that the target names.
    fn find(&self, target: &Target) -> Result<Arc<KubernetesObject>, Status> {
        let Target {
            group,
            resource,
            namespace,
            ..
        } = target;
        objects::get(self.state(), group, resource, namespace, target.name())
            .cloned()
            .ok_or_else(|| Status::not_found(&target.qualified(), target.name()))
    }

    /// The object lives in the namespace that the path names, and that namespace is there.
    fn check_namespace(&self, target: &Target, object: &mut Value) -> Result<(), Status> {
        let own = text(object, "/metadata/namespace");
        if own != target.namespace && !own.is_empty() {
            return Err(Status::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        if target.namespace.is_empty() {
            return Ok(());
        }
        if objects::get(self.state(), "", "namespaces", "", &target.namespace).is_none() {
            return Err(Status::not_found("namespaces", &target.namespace));
        }
        set(object, "namespace", json!(target.namespace));
        Ok(())
    }

    fn put(&mut self, target: &Target, mut object: Value) -> Value {
        let version = self.next_version();
        set(&mut object, "resourceVersion", json!(version));
        self.touches_tokens |= has_tokens(&target.group, &target.resource);
        self.tx.put(KubernetesObject::new(
            &target.group,
            &target.resource,
            &target.namespace,
            text(&object, "/metadata/name"),
            &object,
        ));
        object
    }

    /// Removes an object; its dependents go with it, or lose it as their owner.
    pub(super) fn remove(&mut self, object: &KubernetesObject, orphans: bool) {
        if !self.drop_object(object) {
            return;
        }
        let uid = object.head.uid.clone();
        let dependents: Vec<_> = self
            .state()
            .objects
            .values()
            .filter(|other| other.namespace == object.namespace)
            .filter(|other| other.head.owners.contains(&uid))
            .cloned()
            .collect();
        for dependent in dependents {
            if orphans {
                self.disown(&dependent, &uid);
            } else {
                self.remove(&dependent, false);
            }
        }
    }

    /// Removes an object alone; whether it was there.
    fn drop_object(&mut self, object: &KubernetesObject) -> bool {
        self.touches_tokens |= has_tokens(&object.group, &object.resource);
        let was_there = self
            .tx
            .delete::<KubernetesObject>(&object.record_key())
            .is_some();
        if was_there {
            self.next_version();
        }
        was_there
    }

    fn disown(&mut self, object: &KubernetesObject, uid: &str) {
        let mut body = object.body();
        let owners = body.pointer_mut("/metadata/ownerReferences");
        if let Some(owners) = owners.and_then(Value::as_array_mut) {
            owners.retain(|owner| text(owner, "/uid") != uid);
        }
        let version = self.next_version();
        set(&mut body, "resourceVersion", json!(version));
        self.tx.put(KubernetesObject::new(
            &object.group,
            &object.resource,
            &object.namespace,
            &object.name,
            &body,
        ));
    }

    fn empty_namespace(&mut self, name: &str) -> Result<(), Status> {
        if PROTECTED.contains(&name) {
            let why = "this namespace may not be deleted";
            return Err(Status::forbidden("namespaces", name, why));
        }
        let inside: Vec<_> = self
            .state()
            .objects
            .values()
            .filter(|object| object.namespace == name)
            .cloned()
            .collect();
        for object in inside {
            self.drop_object(&object);
        }
        Ok(())
    }

    /// One more than the last; every write of the cluster takes one.
    fn next_version(&mut self) -> String {
        let version = latest_version(self.state()).saturating_add(1).to_string();
        self.tx.put(Setting {
            name: VERSION.to_owned(),
            value: version.clone(),
        });
        version
    }
}

/// The resource version of the whole collection of objects.
pub(super) fn latest_version(state: &State) -> u64 {
    state
        .settings
        .get(VERSION)
        .and_then(|setting| setting.value.parse().ok())
        .unwrap_or_default()
}

/// Sets a field of the metadata.
pub(super) fn set(object: &mut Value, field: &str, value: Value) {
    if let Some(metadata) = object
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        metadata.insert(field.to_owned(), value);
    }
}

fn check_metadata(target: &Target, object: &Value) -> Result<(), Status> {
    let causes = validate::metadata(target, object);
    if causes.is_empty() {
        return Ok(());
    }
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    Err(Status::invalid(&target.group, kind, name, &causes))
}

fn complete_namespace(namespace: &mut Value, name: &str) {
    let mut labels = objects::strings(namespace, "/metadata/labels");
    labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
    set(namespace, "labels", json!(labels));
    if let Some(fields) = namespace.as_object_mut() {
        fields.insert("spec".to_owned(), json!({ "finalizers": ["kubernetes"] }));
        fields.insert("status".to_owned(), json!({ "phase": "Active" }));
    }
}

/// Whether tokens on disk hang on objects of that resource.
fn has_tokens(group: &str, resource: &str) -> bool {
    group.is_empty() && matches!(resource, "pods" | "serviceaccounts")
}

fn precondition(what: &str, wanted: &str, found: &str) -> String {
    format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}")
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            fields.shift_remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// Namespaces that the API server keeps.
pub(super) const PROTECTED: &[&str] = &["default", "kube-system"];

const VERSION: &str = "cluster-resource-version";
const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";
// As often as the API server tries before it says that the name is taken.
const NAME_ATTEMPTS: usize = 8;

#[cfg(test)]
mod runner_tests;
#[cfg(test)]
mod tests;
