//! The transaction in which a write happens, or does not.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::change::{Change, Scene, Touched};
use super::super::operate::{Course, Operation};
use super::super::status::Status;
use crate::store::StoreFailed;
use crate::world::World;

/// A change that did not happen.
#[derive(Debug)]
pub(in super::super) enum Unchanged {
    /// It was tried only.
    DryRun(Value),
    /// The object is not, or no longer, as it was when it was looked at.
    Overtaken,
    Refused(Refused),
}

/// Boxed, so that a change that happens is cheap to hand up.
pub(in super::super) type Refused = Box<Status>;

impl From<Status> for Unchanged {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

impl From<StoreFailed> for Unchanged {
    fn from(failed: StoreFailed) -> Self {
        Status::from(failed).into()
    }
}

impl Course {
    /// What was only tried keeps the version that there is.
    pub(super) fn tried(&self, mut object: Value, version: &str) -> Value {
        if self.is_dry_run
            && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.shift_remove("resourceVersion");
            if !version.is_empty() {
                metadata.insert("resourceVersion".to_owned(), json!(version));
            }
        }
        object
    }
}

impl Operation {
    /// Does `work` in one transaction. None where it was overtaken.
    pub(in super::super) async fn commit(
        &self,
        world: &Arc<World>,
        course: &mut Course,
        work: impl FnOnce(&mut Change<'_, '_>) -> Result<Value, Unchanged>,
    ) -> Result<Option<Value>, Status> {
        let is_dry_run = course.is_dry_run;
        let outcome: Result<(Value, Touched), Unchanged> = world
            .store
            .write(|tx| {
                let mut change = Change::new(tx, Scene::of(world));
                let value = work(&mut change)?;
                if is_dry_run {
                    return Err(Unchanged::DryRun(value));
                }
                Ok((value, change.publish()))
            })
            .await;
        match outcome {
            Ok((value, touched)) => {
                course.touched.add(touched);
                Ok(Some(value))
            }
            Err(Unchanged::DryRun(value)) => Ok(Some(value)),
            Err(Unchanged::Overtaken) => Ok(None),
            Err(Unchanged::Refused(status)) => Err(*status),
        }
    }
}
