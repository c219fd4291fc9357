//! Deleting objects, one or many.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource deletion); API reference,
//! `DeleteOptions`.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admission::{self, Act, Review};
use super::answer::Answer;
use super::change::{Change, Deletion, PROTECTED, Place, Propagation};
use super::content::unreadable;
use super::kinds;
use super::objects::text;
use super::operate::{Course, Operation, Payload};
use super::request::Target;
use super::selector::Selector;
use super::status::{Cause, Status};
use super::validate;
use super::view::View;
use super::write::Unchanged;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// How objects are to be deleted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DeleteOptions {
    preconditions: Option<Preconditions>,
    propagation_policy: Option<String>,
    orphan_dependents: Option<bool>,
    grace_period_seconds: Option<i64>,
    pub(super) dry_run: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

impl Operation {
    /// Deletes the object that the target names.
    pub(super) async fn delete(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Answer, Status> {
        let options = self.delete_options()?;
        let target = &self.target;
        if target.qualified() == "namespaces" && PROTECTED.contains(&target.name()) {
            let why = "this namespace may not be deleted";
            return Err(Status::forbidden("namespaces", target.name(), why));
        }
        let (last, is_gone) = self.delete_one(world, course, target, &options).await?;
        if is_gone && !kinds::returns_deleted(target) {
            return Ok(Answer::Found(success(target, &last)));
        }
        Ok(Answer::Found(last))
    }

    /// Deletes the objects that the selectors take.
    pub(super) async fn delete_collection(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Answer, Status> {
        let target = &self.target;
        let is_whole = target.known()?.is_namespaced && target.namespace.is_empty();
        // Namespaces are deleted by name only, and so is what lives in more than one.
        if is_whole || target.qualified() == "namespaces" {
            return Err(Status::method_not_allowed());
        }
        let options = self.delete_options()?;
        let selector = Selector::parse(
            target,
            &self.options.label_selector,
            &self.options.field_selector,
        )?;
        let snapshot = self.snapshot(world, None, usize::MAX, None)?;
        let taken: Vec<_> = snapshot
            .objects
            .into_iter()
            .filter(|object| selector.takes(object))
            .collect();
        let (is_dry_run, options) = (course.is_dry_run, &options);
        let mut deletions = stream::iter(taken.clone().into_iter().map(|object| async move {
            let mut own = Course::new(is_dry_run);
            let one = self.target.named(&object.name);
            let outcome = self.delete_one(world, &mut own, &one, options).await;
            (outcome, own)
        }))
        .buffer_unordered(AT_ONCE);
        let mut failed = None;
        while let Some((outcome, own)) = deletions.next().await {
            course.add(own);
            match outcome {
                // An earlier one may have been its owner.
                Err(status) if status.code == 404 => {}
                Err(status) => failed = Some(status),
                Ok(_) => {}
            }
        }
        drop(deletions);
        match failed {
            Some(status) => Err(status),
            None => Ok(Answer::Listed(self.listing(
                snapshot.version,
                taken,
                false,
                None,
            ))),
        }
    }

    /// Deletes one object; as it was last, and whether it is gone.
    async fn delete_one(
        &self,
        world: &Arc<World>,
        course: &mut Course,
        target: &Target,
        options: &DeleteOptions,
    ) -> Result<(Value, bool), Status> {
        let deletion = options.deletion()?;
        let shown = options.to_json();
        let (group, resource) = target.storage();
        let missing = || Status::not_found(&target.qualified(), target.name());
        for _ in 0..ATTEMPTS {
            let place = Place {
                group,
                resource,
                namespace: &target.namespace,
                name: target.name(),
            };
            let found = world.store.read(|state| place.in_state(state));
            let old = found.ok_or_else(missing)?;
            let live = View::of(target).value(&old);
            options.check(target, &old)?;
            let mut review = Review {
                world,
                caller: &self.caller,
                act: Act::Delete,
                target,
                object: None,
                old: Some(&live),
                options: &shown,
                is_dry_run: course.is_dry_run,
            };
            admission::mutate(&mut review, &mut course.notes).await?;
            admission::check(&review, &mut course.notes).await?;
            let mut is_gone = false;
            let deleted = self
                .commit(world, course, |change| {
                    let last = take(change, &old, deletion)?;
                    is_gone = change.find(place).is_none();
                    Ok(last)
                })
                .await?;
            if let Some(last) = deleted {
                return Ok((last, is_gone));
            }
        }
        Err(self.modified())
    }

    /// Whether nothing is to be stored.
    pub(super) fn is_dry_run(&self) -> Result<bool, Status> {
        if matches!(self.payload, Payload::Object(_)) && self.verb.deletes() {
            let mut options = self.options.clone();
            options
                .dry_run
                .extend(self.delete_options()?.dry_run.unwrap_or_default());
            return options.is_dry_run();
        }
        self.options.is_dry_run()
    }

    fn delete_options(&self) -> Result<DeleteOptions, Status> {
        if let Payload::Object(options) = &self.payload {
            return DeleteOptions::deserialize(options).map_err(|error| unreadable(&error));
        }
        let given = &self.options;
        Ok(DeleteOptions {
            propagation_policy: (!given.propagation.is_empty()).then(|| given.propagation.clone()),
            orphan_dependents: given.orphans,
            grace_period_seconds: given.grace_period,
            ..DeleteOptions::default()
        })
    }
}

impl DeleteOptions {
    fn deletion(&self) -> Result<Deletion, Status> {
        let refused = |cause: Cause| {
            Err(Status::invalid(
                "meta.k8s.io",
                "DeleteOptions",
                "",
                &[cause],
            ))
        };
        let propagation = match (self.propagation_policy.as_deref(), self.orphan_dependents) {
            (None | Some(""), None) => None,
            (None | Some(""), Some(true)) | (Some("Orphan"), None) => Some(Propagation::Orphan),
            (None | Some(""), Some(false)) | (Some("Background"), None) => {
                Some(Propagation::Background)
            }
            (Some("Foreground"), None) => Some(Propagation::Foreground),
            (Some(other), None) => {
                let known = &["Foreground", "Background", "Orphan", "nil"];
                return refused(Cause::unsupported("propagationPolicy", other, known));
            }
            (Some(other), Some(_)) => {
                let why = "orphanDependents and deletionPropagation cannot be both set";
                return refused(Cause::invalid("propagationPolicy", json!(other), why));
            }
        };
        if let Some(seconds) = self.grace_period_seconds.filter(|seconds| *seconds < 0) {
            let why = "must be greater than or equal to 0";
            return refused(Cause::invalid("gracePeriodSeconds", seconds, why));
        }
        Ok(Deletion {
            propagation,
            grace: self.grace_period_seconds,
        })
    }

    /// Whether the object is the one that is meant.
    fn check(&self, target: &Target, object: &KubernetesObject) -> Result<(), Status> {
        let Some(Preconditions {
            uid,
            resource_version,
        }) = &self.preconditions
        else {
            return Ok(());
        };
        let version = object.head.version.to_string();
        for (what, wanted, found) in [
            ("UID", uid, &object.head.uid),
            ("ResourceVersion", resource_version, &version),
        ] {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != found) {
                let why = validate::precondition(what, wanted, found);
                return Err(Status::conflict(&target.qualified(), target.name(), &why));
            }
        }
        Ok(())
    }

    /// As admission is shown it.
    fn to_json(&self) -> Value {
        let mut options = json!({ "kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1" });
        let Some(fields) = options.as_object_mut() else {
            return options;
        };
        for (name, value) in [
            (
                "gracePeriodSeconds",
                self.grace_period_seconds.map(|one| json!(one)),
            ),
            (
                "orphanDependents",
                self.orphan_dependents.map(|one| json!(one)),
            ),
            (
                "propagationPolicy",
                self.propagation_policy.as_ref().map(|one| json!(one)),
            ),
            ("dryRun", self.dry_run.as_ref().map(|one| json!(one))),
        ] {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        }
        options
    }
}

fn take(
    change: &mut Change<'_, '_>,
    old: &KubernetesObject,
    deletion: Deletion,
) -> Result<Value, Unchanged> {
    match change.find(Place::of(old)) {
        Some(present) if present.head.version == old.head.version => {
            let last = change.delete(&present, deletion);
            change.run();
            Ok(last)
        }
        Some(_) | None => Err(Unchanged::Overtaken),
    }
}

/// What a deletion answers when the object is gone.
fn success(target: &Target, last: &Value) -> Value {
    let mut details = json!({
        "name": target.name(),
        "kind": target.resource,
        "uid": text(last, "/metadata/uid"),
    });
    if let (false, Some(fields)) = (target.group.is_empty(), details.as_object_mut()) {
        fields.insert("group".to_owned(), json!(target.group));
    }
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })
}

// As often as a deletion is tried on an object that others change.
const ATTEMPTS: usize = 5;
// As many as one flush of the disk may well carry.
const AT_ONCE: usize = 64;
