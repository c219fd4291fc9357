//! Which rules hold for which kind.

use hallpass_kubernetes::crd::CustomResource;
use serde_json::Value;

use super::super::pods;
use super::super::request::Target;
use super::super::status::{Cause, Status};
use super::super::validate;
use super::super::webhooks;
use super::{config_map, event, lease, namespace, rbac, secret};
use crate::world::World;

/// Completes an object that is about to be made.
pub(in super::super) fn complete_new(
    target: &Target,
    world: &World,
    object: &mut Value,
) -> Result<(), Status> {
    match target.storage() {
        ("", "pods") => pods::complete(world, object),
        ("", "namespaces") => namespace::complete_new(object),
        ("", "secrets") => secret::complete(object)?,
        (RBAC, _) => rbac::complete(object),
        (DEFINITIONS, _) => hallpass_kubernetes::crd::set_defaults(object),
        (WEBHOOKS, _) => webhooks::complete(object),
        _ => {}
    }
    Ok(())
}

/// Completes an object that is about to replace another one.
pub(in super::super) fn complete_changed(
    target: &Target,
    old: &Value,
    object: &mut Value,
) -> Result<(), Status> {
    match target.storage() {
        ("", "namespaces") => namespace::complete_changed(old, object),
        ("", "pods") => pods::check_update(old, object)?,
        ("", "secrets") => secret::complete(object)?,
        (RBAC, _) => rbac::complete(object),
        (DEFINITIONS, _) => hallpass_kubernetes::crd::set_defaults(object),
        (WEBHOOKS, _) => webhooks::complete(object),
        _ => {}
    }
    Ok(())
}

/// What the object breaks of its kind's rules.
pub(in super::super) fn faults(target: &Target, old: Option<&Value>, object: &Value) -> Vec<Cause> {
    match target.storage() {
        ("", "configmaps") => config_map::faults(old, object),
        ("", "events") => event::faults(object),
        ("", "pods") if old.is_none() => validate::pod(object),
        ("", "secrets") => secret::faults(old, object),
        ("coordination.k8s.io", "leases") => lease::faults(object),
        (RBAC, _) => rbac::faults(old, object),
        (DEFINITIONS, _) => definition_faults(old, object),
        (WEBHOOKS, _) => webhooks::faults(object),
        _ => Vec::new(),
    }
}

fn definition_faults(old: Option<&Value>, object: &Value) -> Vec<Cause> {
    let read = match old {
        Some(old) => CustomResource::parse_update(old, object),
        None => CustomResource::parse(object),
    };
    let causes = read.err().unwrap_or_default();
    causes.into_iter().map(Cause::from).collect()
}

/// Whether changes of what is wanted are counted in `metadata.generation`.
pub(in super::super) fn counts_generations(target: &Target) -> bool {
    target.is_custom()
        || matches!(
            target.storage(),
            ("", "pods")
                | (
                    "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apps" | "batch",
                    _
                )
        )
}

/// Whether the status that a client sends with an object to be made is left out.
pub(in super::super) fn drops_status(target: &Target) -> bool {
    // A kubelet registers its node with all that it knows.
    target.storage() != ("", "nodes")
}

/// Whether an update of an object that is not there makes it.
pub(in super::super) fn creates_by_update(target: &Target) -> bool {
    matches!(
        target.storage(),
        ("", "events") | ("coordination.k8s.io", "leases") | (RBAC, _)
    )
}

/// Whether an update need not tell the version that it is of.
pub(in super::super) fn accepts_unconditional_updates(target: &Target) -> bool {
    !target.is_custom()
        && !matches!(
            target.storage(),
            (
                "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "coordination.k8s.io",
                _
            )
        )
}

/// Whether a deletion answers with the object, even when it is gone.
pub(in super::super) fn returns_deleted(target: &Target) -> bool {
    matches!(
        target.storage(),
        (
            "",
            "namespaces" | "persistentvolumeclaims" | "pods" | "serviceaccounts" | "services"
        )
    )
}

const RBAC: &str = "rbac.authorization.k8s.io";
const DEFINITIONS: &str = "apiextensions.k8s.io";
const WEBHOOKS: &str = "admissionregistration.k8s.io";
