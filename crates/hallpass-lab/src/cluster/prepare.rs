//! What a write keeps, drops and counts, whatever the client has sent: identity, times, generation,
//! and the status apart from the rest.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts"; API conventions ("Spec and Status",
//! "Metadata"); k8s.io/apiserver's `pkg/registry/rest` (before create, before update).

use serde_json::{Value, json};

use super::change::set;
use super::kinds;
use super::objects::{self, elements, text};
use super::request::Target;
use super::schemas;
use super::status::{Cause, Status};
use super::validate;
use crate::chance;
use crate::world::World;

/// Completes an object that is about to be made; its name stands.
pub(super) fn create(target: &Target, world: &World, object: &mut Value) -> Result<(), Status> {
    for field in OWN {
        unset(object, field);
    }
    set(object, "uid", json!(chance::uuid(&*world.chance)));
    set(
        object,
        "creationTimestamp",
        json!(objects::time(world.now())),
    );
    if kinds::counts_generations(target) {
        set(object, "generation", json!(1));
    }
    if target.has_status() && kinds::drops_status(target) {
        remove(object, "status");
    }
    kinds::complete_new(target, world, object)?;
    validate(target, None, object)
}

/// Completes an object that is about to replace `old`.
pub(super) fn update(target: &Target, old: &Value, object: &mut Value) -> Result<(), Status> {
    for field in OWN {
        keep(old, object, field);
    }
    if target.is_part("status") {
        keep_all_but_status(target, old, object);
    } else if target.is_part("finalize") {
        let spec = object.get("spec").cloned();
        *object = old.clone();
        replace(object, "spec", spec.as_ref());
    } else if target.has_status() {
        replace(object, "status", old.get("status"));
    }
    if target.subresource.is_none() || target.is_part("scale") {
        kinds::complete_changed(target, old, object)?;
    }
    check_finalizers(target, old, object)?;
    count(target, old, object);
    validate(target, Some(old), object)
}

/// What holds for objects of the kind.
fn validate(target: &Target, old: Option<&Value>, object: &Value) -> Result<(), Status> {
    let mut causes = validate::metadata(target, object);
    causes.extend(kinds::faults(target, old, object));
    causes.extend(schemas::faults(target, object));
    if causes.is_empty() {
        return Ok(());
    }
    let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
    Err(Status::invalid(&target.group, kind, name, &causes))
}

/// The status of custom resources is written alone; that of the API server's own kinds brings its
/// labels and annotations along.
fn keep_all_but_status(target: &Target, old: &Value, object: &mut Value) {
    let mut kept = old.clone();
    replace(&mut kept, "status", object.get("status"));
    let fields: &[&str] = if target.is_custom() {
        &["managedFields"]
    } else {
        &["annotations", "finalizers", "labels", "managedFields"]
    };
    for field in fields {
        keep(object, &mut kept, field);
    }
    *object = kept;
}

/// An object that is being deleted takes on nothing more that holds it.
fn check_finalizers(target: &Target, old: &Value, object: &Value) -> Result<(), Status> {
    if text(old, "/metadata/deletionTimestamp").is_empty() {
        return Ok(());
    }
    let had: Vec<_> = elements(old, "/metadata/finalizers").collect();
    let added: Vec<_> = elements(object, "/metadata/finalizers")
        .filter(|one| !had.contains(one))
        .map(Value::to_string)
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let why = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        added.join(", ")
    );
    let cause = Cause::forbidden("metadata.finalizers", &why);
    let name = text(old, "/metadata/name");
    Err(Status::invalid(
        &target.group,
        &target.kind(),
        name,
        &[cause],
    ))
}

/// Another generation begins with each change of what is wanted.
fn count(target: &Target, old: &Value, object: &mut Value) {
    let generation = old.pointer("/metadata/generation").and_then(Value::as_u64);
    let Some(generation) = generation else {
        return;
    };
    let wanted = |object: &Value| {
        let mut object = object.clone();
        remove(&mut object, "metadata");
        if target.has_status() || !target.is_custom() {
            remove(&mut object, "status");
        }
        object
    };
    if wanted(old) != wanted(object) {
        set(object, "generation", json!(generation.saturating_add(1)));
    }
}

fn keep(from: &Value, to: &mut Value, field: &str) {
    match from.pointer(&format!("/metadata/{field}")) {
        Some(value) => set(to, field, value.clone()),
        None => unset(to, field),
    }
}

fn replace(object: &mut Value, field: &str, value: Option<&Value>) {
    match (value, object.as_object_mut()) {
        (Some(value), Some(fields)) => {
            fields.insert(field.to_owned(), value.clone());
        }
        (None, _) => remove(object, field),
        (Some(_), None) => {}
    }
}

fn remove(object: &mut Value, field: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove(field);
    }
}

fn unset(object: &mut Value, field: &str) {
    if let Some(metadata) = object.get_mut("metadata") {
        remove(metadata, field);
    }
}

/// What the cluster alone writes into the metadata.
const OWN: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "resourceVersion",
    "selfLink",
    "uid",
];
