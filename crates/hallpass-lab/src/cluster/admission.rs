//! Admission: what changes or refuses an object before it is stored.
//!
//! A write goes through [`mutate`], then is validated, then through [`check`], and only then is it
//! carried out in one transaction of the store; where the object has changed meanwhile, all of it is
//! done again with what is there then. Webhooks are called outside any transaction.
//!
//! Source: Kubernetes documentation, "Admission Control in Kubernetes" (phases, built-in
//! controllers).

use std::sync::Arc;

use serde_json::Value;

use super::access::Caller;
use super::change::Scene;
use super::notes::Notes;
use super::pods;
use super::rbac;
use super::request::Target;
use super::status::Status;
use super::webhooks;
use crate::world::World;

/// What is about to be done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Create,
    Delete,
    Update,
}

/// A write in the making.
#[derive(Debug)]
pub(super) struct Review<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) caller: &'a Caller,
    pub(super) act: Act,
    /// The object's place; its name may be absent when a generated one is still to come.
    pub(super) target: &'a Target,
    /// The object as it would be stored, in the target's version; absent when one is deleted.
    pub(super) object: Option<Value>,
    /// The object as it is, in the target's version; absent when one is made.
    pub(super) old: Option<&'a Value>,
    /// `CreateOptions`, `UpdateOptions`, `PatchOptions` or `DeleteOptions`.
    pub(super) options: &'a Value,
    pub(super) is_dry_run: bool,
}

/// The first phase, which may change the object.
pub(super) async fn mutate(review: &mut Review<'_>, notes: &mut Notes) -> Result<(), Status> {
    let is_new_pod = review.act == Act::Create
        && review.target.qualified() == "pods"
        && review.target.subresource.is_none();
    if let (true, Some(pod)) = (is_new_pod, &mut review.object) {
        let scene = Scene::of(review.world);
        let note = review
            .world
            .store
            .read(|state| pods::admit(state, &scene, pod))?;
        notes.decisions.push(note);
    }
    webhooks::mutate(review, notes).await
}

/// The second phase, which can only refuse.
pub(super) async fn check(review: &Review<'_>, notes: &mut Notes) -> Result<(), Status> {
    let Review {
        world,
        caller,
        target,
        object,
        old,
        ..
    } = review;
    if let Some(object) = object {
        world
            .store
            .read(|state| rbac::check_escalation(state, caller, target, object, *old))?;
    }
    webhooks::validate(review, notes).await
}
