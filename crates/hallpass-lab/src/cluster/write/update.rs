//! Changing an object: by another one, or by a patch.

use std::sync::Arc;

use serde_json::Value;

use super::super::admission::{self, Act, Review};
use super::super::change::{Change, Place};
use super::super::kinds;
use super::super::objects::{self, text};
use super::super::operate::{Course, Operation, PatchKind, Payload};
use super::super::prepare;
use super::super::request::Target;
use super::super::schemas;
use super::super::status::{Cause, Status};
use super::super::validate;
use super::super::view::View;
use super::Unchanged;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// What a write has come to.
#[derive(Debug)]
pub(in super::super) enum Written {
    Changed(Value),
    Made(Value),
}

/// What an object is to become.
struct Wanted {
    object: Value,
    /// Whether it must tell the version that it is of.
    must_tell_version: bool,
}

impl Operation {
    /// Replaces an object.
    pub(in super::super) async fn update(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Written, Status> {
        let target = &self.target;
        let wanted = self.object()?;
        for _ in 0..ATTEMPTS {
            let Some(old) = self.stored(world) else {
                if kinds::creates_by_update(target) && target.subresource.is_none() {
                    return self.make(world, course, wanted).await.map(Written::Made);
                }
                return Err(self.missing());
            };
            let wanted = Wanted {
                object: wanted.clone(),
                must_tell_version: !kinds::accepts_unconditional_updates(target),
            };
            if let Some(changed) = self.replace(world, course, &old, wanted).await? {
                return Ok(Written::Changed(changed));
            }
        }
        Err(self.modified())
    }

    /// Changes an object by a patch.
    pub(in super::super) async fn patch(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Written, Status> {
        let target = &self.target;
        let Payload::Patch(kind, patch) = &self.payload else {
            return Err(Status::bad_request("the request has no patch"));
        };
        for _ in 0..ATTEMPTS {
            let Some(old) = self.stored(world) else {
                if *kind == PatchKind::Apply && target.subresource.is_none() {
                    let object = self.applied(world, None, patch)?;
                    match self.make(world, course, object).await {
                        // Somebody else has made it meanwhile.
                        Err(status) if status.reason == "AlreadyExists" => continue,
                        made => return made.map(Written::Made),
                    }
                }
                return Err(self.missing());
            };
            let live = View::of(target).value(&old);
            let wanted = Wanted {
                object: self.patched(world, *kind, &live, patch)?,
                must_tell_version: false,
            };
            if let Some(changed) = self.replace(world, course, &old, wanted).await? {
                return Ok(Written::Changed(changed));
            }
        }
        Err(self.modified())
    }

    /// Changes what is there by `change`, again where somebody was faster.
    pub(in super::super) async fn change_by(
        &self,
        world: &Arc<World>,
        course: &mut Course,
        change: impl Fn(&Value) -> Result<Value, Status>,
    ) -> Result<Value, Status> {
        for _ in 0..ATTEMPTS {
            let old = self.stored(world).ok_or_else(|| self.missing())?;
            let wanted = Wanted {
                object: change(&View::of(&self.target).value(&old))?,
                must_tell_version: false,
            };
            if let Some(changed) = self.replace(world, course, &old, wanted).await? {
                return Ok(changed);
            }
        }
        Err(self.modified())
    }

    /// Puts another object in the place of `old`; none where somebody was faster.
    async fn replace(
        &self,
        world: &Arc<World>,
        course: &mut Course,
        old: &Arc<KubernetesObject>,
        wanted: Wanted,
    ) -> Result<Option<Value>, Status> {
        let target = &self.target;
        let live = View::of(target).value(old);
        let mut object = validate::typed(target, wanted.object)?;
        let wish = &self.options.field_validation;
        schemas::decode(target, &mut object, wish, &mut course.notes)?;
        validate::in_namespace(target, &mut object)?;
        self.check_identity(&live, &object, wanted.must_tell_version)?;
        let object = self.tracked(world, Some(&live), object);
        let options = match self.payload {
            Payload::Patch(..) => self.options.to_json("PatchOptions"),
            Payload::Nothing | Payload::Object(_) => self.options.to_json("UpdateOptions"),
        };
        let mut review = Review {
            world,
            caller: &self.caller,
            act: Act::Update,
            target,
            object: Some(object),
            old: Some(&live),
            options: &options,
            is_dry_run: course.is_dry_run,
        };
        admission::mutate(&mut review, &mut course.notes).await?;
        let object = review.object.take().unwrap_or_default();
        let mut object = validate::typed(target, object)?;
        schemas::conform(target, &mut object);
        prepare::update(target, &live, &mut object)?;
        review.object = Some(object);
        admission::check(&review, &mut course.notes).await?;
        let object = review.object.take().unwrap_or_default();
        if object == live {
            return Ok(Some(live));
        }
        let written = self
            .commit(world, course, |change| {
                exchange(change, target, old, object)
            })
            .await?;
        let version = text(&live, "/metadata/resourceVersion");
        Ok(written.map(|written| course.tried(written, version)))
    }

    /// The object that the target names.
    pub(in super::super) fn stored(&self, world: &World) -> Option<Arc<KubernetesObject>> {
        let (group, resource) = self.target.storage();
        let (namespace, name) = (&self.target.namespace, self.target.name());
        world
            .store
            .read(|state| objects::get(state, group, resource, namespace, name).cloned())
    }

    pub(in super::super) fn missing(&self) -> Status {
        Status::not_found(&self.target.qualified(), self.target.name())
    }

    pub(in super::super) fn modified(&self) -> Status {
        Status::conflict(&self.target.qualified(), self.target.name(), MODIFIED)
    }

    /// Whether the object is the one that is there, as it is there.
    fn check_identity(
        &self,
        live: &Value,
        object: &Value,
        must_tell_version: bool,
    ) -> Result<(), Status> {
        let target = &self.target;
        let name = text(object, "/metadata/name");
        if name != target.name() {
            return Err(Status::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                target.name()
            )));
        }
        let (uid, own) = (text(object, "/metadata/uid"), text(live, "/metadata/uid"));
        if !uid.is_empty() && uid != own {
            let why = validate::precondition("UID", uid, own);
            return Err(Status::conflict(&target.qualified(), name, &why));
        }
        let pointer = "/metadata/resourceVersion";
        let (version, own) = (text(object, pointer), text(live, pointer));
        if version.is_empty() && must_tell_version {
            let why = "must be specified for an update";
            let cause = Cause::invalid("metadata.resourceVersion", "0x0", why);
            return Err(Status::invalid(
                &target.group,
                &target.kind(),
                name,
                &[cause],
            ));
        }
        if version.is_empty() || version == own {
            return Ok(());
        }
        Err(self.modified())
    }
}

/// Stores an object in the place of `old`, which must still be there.
fn exchange(
    change: &mut Change<'_, '_>,
    target: &Target,
    old: &Arc<KubernetesObject>,
    object: Value,
) -> Result<Value, Unchanged> {
    match change.find(Place::of(old)) {
        Some(present) if present.head.version == old.head.version => {
            let made = change.exchange(&present, target.to_storage(object));
            Ok(target.served(made))
        }
        Some(_) | None => Err(Unchanged::Overtaken),
    }
}

// As often as the API server tries a patch on an object that others change.
const ATTEMPTS: usize = 5;
const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";
