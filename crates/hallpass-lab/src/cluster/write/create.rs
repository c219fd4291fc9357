//! Making an object.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::admission::{self, Act, Review};
use super::super::change::{Change, set};
use super::super::names;
use super::super::objects::{self, text};
use super::super::operate::{Course, Operation};
use super::super::prepare;
use super::super::request::Target;
use super::super::schemas;
use super::super::status::Status;
use super::super::validate;
use super::Unchanged;
use crate::world::World;

impl Operation {
    /// Makes the object that came with the request.
    pub(in super::super) async fn create(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Value, Status> {
        let object = self.object()?;
        self.make(world, course, object).await
    }

    /// Makes an object.
    pub(in super::super) async fn make(
        &self,
        world: &Arc<World>,
        course: &mut Course,
        object: Value,
    ) -> Result<Value, Status> {
        let target = &self.target;
        let mut object = validate::typed(target, object)?;
        let wish = &self.options.field_validation;
        schemas::decode(target, &mut object, wish, &mut course.notes)?;
        validate::in_namespace(target, &mut object)?;
        if !text(&object, "/metadata/resourceVersion").is_empty() {
            return Err(Status::bad_request(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        world
            .store
            .read(|state| check_room(objects::namespace(state, &target.namespace), target))?;
        let mut object = self.tracked(world, None, object);
        let options = self.options.to_json("CreateOptions");
        let mut review = Review {
            world,
            caller: &self.caller,
            act: Act::Create,
            target,
            object: Some(std::mem::take(&mut object)),
            old: None,
            options: &options,
            is_dry_run: course.is_dry_run,
        };
        admission::mutate(&mut review, &mut course.notes).await?;
        object = validate::typed(target, review.object.take().unwrap_or_default())?;
        schemas::conform(target, &mut object);
        let base = text(&object, "/metadata/generateName").to_owned();
        let is_generated = text(&object, "/metadata/name").is_empty() && !base.is_empty();
        let mut attempts = if is_generated { NAME_ATTEMPTS } else { 1 };
        loop {
            let mut candidate = object.clone();
            if is_generated {
                set(
                    &mut candidate,
                    "name",
                    json!(names::generate(&base, &*world.chance)),
                );
            }
            prepare::create(target, world, &mut candidate)?;
            review.object = Some(candidate);
            admission::check(&review, &mut course.notes).await?;
            let candidate = review.object.take().unwrap_or_default();
            let name = text(&candidate, "/metadata/name").to_owned();
            let made = self
                .commit(world, course, |change| insert(change, target, candidate))
                .await?
                .map(|made| course.tried(made, ""));
            attempts -= 1;
            match made {
                Some(made) => return Ok(made),
                None if attempts > 0 => {}
                None => return Err(Status::already_exists(&target.qualified(), &name)),
            }
        }
    }
}

/// Stores an object that is not there yet.
fn insert(change: &mut Change<'_, '_>, target: &Target, object: Value) -> Result<Value, Unchanged> {
    check_room(change.namespace(&target.namespace).as_ref(), target)?;
    let name = text(&object, "/metadata/name").to_owned();
    let place = target.place(&name);
    if change.find(place).is_some() {
        return Err(Unchanged::Overtaken);
    }
    let made = change.insert(place, target.to_storage(object));
    Ok(target.served(made))
}

/// Whether something can be made in the target's namespace.
fn check_room(
    namespace: Option<&Arc<crate::store::records::KubernetesObject>>,
    target: &Target,
) -> Result<(), Status> {
    if target.namespace.is_empty() {
        return Ok(());
    }
    let namespace = namespace.ok_or_else(|| Status::not_found("namespaces", &target.namespace))?;
    if namespace.head.is_terminating {
        return Err(Status::namespace_ends(
            &target.qualified(),
            target.name(),
            &target.namespace,
        ));
    }
    Ok(())
}

// As often as the API server tries before it says that the name is taken.
const NAME_ATTEMPTS: usize = 8;
