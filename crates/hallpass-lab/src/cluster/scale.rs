//! The subresource `scale`: how many replicas an object asks for, whatever its kind.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions"
//! (scale subresource); API reference, `Scale` (autoscaling/v1).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::objects::{self, text};
use super::operate::{Course, Operation, PatchKind, Payload};
use super::request::{Target, Verb};
use super::resources::Origin;
use super::status::{Cause, Status};
use super::view::View;
use crate::world::World;

/// Where an object has its replicas, as JSON pointers.
struct Paths {
    wanted: String,
    present: String,
    selector: Option<String>,
}

impl Operation {
    /// The scale of an object.
    pub(super) fn scale(&self, world: &World) -> Result<Answer, Status> {
        let paths = Paths::of(&self.target)?;
        let object = self.stored(world).ok_or_else(|| self.missing())?;
        let object = View::of(&self.target).value(&object);
        Ok(Answer::Found(paths.scale(&object)))
    }

    /// Changes the scale of an object.
    pub(super) async fn rescale(
        &self,
        world: &Arc<World>,
        course: &mut Course,
    ) -> Result<Answer, Status> {
        if !matches!(self.verb, Verb::Patch | Verb::Update) {
            return Err(Status::method_not_allowed());
        }
        let paths = Paths::of(&self.target)?;
        let changed = self
            .change_by(world, course, |live| {
                let before = paths.scale(live);
                let after = match &self.payload {
                    Payload::Patch(PatchKind::Apply | PatchKind::Strategic, patch) => {
                        self.patched(world, PatchKind::Merge, &before, patch)?
                    }
                    Payload::Patch(kind, patch) => self.patched(world, *kind, &before, patch)?,
                    Payload::Nothing | Payload::Object(_) => self.object()?,
                };
                self.scaled(&paths, live, &before, &after)
            })
            .await?;
        Ok(Answer::Found(paths.scale(&changed)))
    }

    fn scaled(
        &self,
        paths: &Paths,
        live: &Value,
        before: &Value,
        after: &Value,
    ) -> Result<Value, Status> {
        let pointer = "/metadata/resourceVersion";
        let version = text(after, pointer);
        if !version.is_empty() && version != text(before, pointer) {
            return Err(self.modified());
        }
        // An absent number is none, as the type has it.
        let replicas = after.pointer("/spec/replicas").cloned().unwrap_or(json!(0));
        let count = replicas.as_i64().filter(|count| *count >= 0);
        let Some(count) = count.and_then(|count| i32::try_from(count).ok()) else {
            let why = "must be greater than or equal to 0";
            let cause = Cause::invalid("spec.replicas", replicas, why);
            let name = self.target.name();
            return Err(Status::invalid("autoscaling", "Scale", name, &[cause]));
        };
        let mut object = live.clone();
        put(&mut object, &paths.wanted, json!(count));
        Ok(object)
    }
}

impl Paths {
    fn of(target: &Target) -> Result<Self, Status> {
        let known = target.known()?;
        let Origin::Custom(version) = &known.origin else {
            return Ok(Self {
                wanted: "/spec/replicas".to_owned(),
                present: "/status/replicas".to_owned(),
                selector: None,
            });
        };
        let scale = version.scale.as_ref().ok_or_else(Status::no_such_path)?;
        let pointer = |path: &str| path.replace('.', "/");
        Ok(Self {
            wanted: pointer(&scale.spec_replicas),
            present: pointer(&scale.status_replicas),
            selector: scale.label_selector.as_deref().map(pointer),
        })
    }

    /// The scale of an object.
    fn scale(&self, object: &Value) -> Value {
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        let mut status = json!({ "replicas": number(&self.present) });
        let selector = match &self.selector {
            Some(pointer) => text(object, pointer).to_owned(),
            None => objects::strings(object, "/spec/selector/matchLabels")
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(","),
        };
        if !selector.is_empty()
            && let Some(fields) = status.as_object_mut()
        {
            fields.insert("selector".to_owned(), json!(selector));
        }
        let mut metadata = Map::new();
        for field in [
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "creationTimestamp",
        ] {
            if let Some(value) = object.pointer(&format!("/metadata/{field}")) {
                metadata.insert(field.to_owned(), value.clone());
            }
        }
        json!({
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": metadata,
            "spec": { "replicas": number(&self.wanted) },
            "status": status,
        })
    }
}

/// Puts a value where a pointer leads, making the objects on the way.
fn put(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for part in pointer.split('/').skip(1) {
        if !place.is_object() {
            *place = json!({});
        }
        let Some(fields) = place.as_object_mut() else {
            return;
        };
        place = fields.entry(part.to_owned()).or_insert(Value::Null);
    }
    *place = value;
}
