//! Patches: what an object becomes by one, and who manages which of its fields.
//!
//! Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch", "Server-Side
//! Apply".

use hallpass_kubernetes::fields::{self, ApplyError, Request};
use hallpass_kubernetes::{Schema, patch, strategic};
use serde_json::Value;

use super::objects;
use super::operate::{Operation, PatchKind, Payload};
use super::schemas;
use super::status::{Cause, Status};
use crate::world::World;

impl Operation {
    /// The object with the patch applied.
    pub(super) fn patched(
        &self,
        world: &World,
        kind: PatchKind,
        live: &Value,
        change: &Value,
    ) -> Result<Value, Status> {
        self.check_force(kind)?;
        match kind {
            PatchKind::Apply => self.applied(world, Some(live), change),
            PatchKind::Json => {
                let mut object = live.clone();
                patch::json(&mut object, change).map_err(|error| refused(&error))?;
                Ok(object)
            }
            PatchKind::Merge => {
                let mut object = live.clone();
                patch::merge(&mut object, change).map_err(|error| refused(&error))?;
                Ok(object)
            }
            PatchKind::Strategic => {
                let schema = schemas::schema(&self.target).unwrap_or_default();
                strategic::apply(live, change, &schema)
                    .map_err(|error| Status::bad_request(error.to_string()))
            }
        }
    }

    /// The object that an apply makes of what is there, or anew.
    pub(super) fn applied(
        &self,
        world: &World,
        live: Option<&Value>,
        applied: &Value,
    ) -> Result<Value, Status> {
        if self.options.field_manager.is_empty() {
            let why = "is required for apply patch";
            return Err(invalid_options(&Cause::required("fieldManager", why)));
        }
        let force = self.options.is_forced;
        self.with_request(world, |request, schema| {
            fields::apply(live, applied, force, request, schema).map_err(|error| match &error {
                ApplyError::Conflicts(conflicts) => {
                    let conflicts: Vec<_> = conflicts
                        .iter()
                        .map(|conflict| (conflict.path.clone(), conflict.message()))
                        .collect();
                    Status::apply_conflict(error.to_string(), &conflicts)
                }
                _ => Status::bad_request(error.to_string()),
            })
        })
    }

    /// The object, with note taken of who has changed what; an apply has done so itself.
    pub(super) fn tracked(&self, world: &World, live: Option<&Value>, mut object: Value) -> Value {
        if !matches!(self.payload, Payload::Patch(PatchKind::Apply, _)) {
            self.with_request(world, |request, schema| {
                fields::track_update(live, &mut object, request, schema);
            });
        }
        object
    }

    fn with_request<T>(&self, world: &World, work: impl FnOnce(&Request<'_>, &Schema) -> T) -> T {
        let target = &self.target;
        let schema = schemas::schema(target).unwrap_or_default();
        let request = Request {
            manager: self.manager(),
            api_version: &target.api_version(),
            subresource: target.subresource.as_deref().unwrap_or_default(),
            ignores: target.ignored_fields(),
            now: &objects::time(world.now()),
        };
        work(&request, &schema)
    }

    /// The field manager: what the client says, or what it calls itself.
    fn manager(&self) -> &str {
        let options = &self.options;
        if !options.field_manager.is_empty() {
            return &options.field_manager;
        }
        let agent = options.agent.split('/').next().unwrap_or_default();
        if agent.is_empty() { "unknown" } else { agent }
    }

    fn check_force(&self, kind: PatchKind) -> Result<(), Status> {
        if self.options.is_forced && kind != PatchKind::Apply {
            let why = "may not be specified for non-apply patch";
            return Err(invalid_options(&Cause::forbidden("force", why)));
        }
        Ok(())
    }
}

fn invalid_options(cause: &Cause) -> Status {
    let causes = std::slice::from_ref(cause);
    Status::invalid("meta.k8s.io", "PatchOptions", "", causes)
}

fn refused(error: &patch::PatchError) -> Status {
    match error.status() {
        413 => Status::patch_too_large(error.to_string()),
        422 => Status::unprocessable(error.to_string(), error.detail().unwrap_or_default()),
        _ => Status::bad_request(error.to_string()),
    }
}
