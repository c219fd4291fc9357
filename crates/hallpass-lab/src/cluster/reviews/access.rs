//! May somebody do something?

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::objects::text;
use super::super::rbac::{Attributes, What, decide};
use super::super::request::Target;
use super::super::status::{Cause, Status};
use crate::world::World;

/// May the caller?
pub(super) fn of_self(world: &World, caller: &Caller, review: &Value) -> Result<Value, Status> {
    let spec = Spec::read(review)?;
    Ok(ruled(world, caller, &spec.attributes(review)?))
}

/// May a subject that the review names?
pub(super) fn of_subject(world: &World, review: &Value) -> Result<Value, Status> {
    let spec = Spec::read(review)?;
    let wanted = spec.attributes(review)?;
    Ok(ruled(world, &spec.subject(review)?, &wanted))
}

/// The same within one namespace.
pub(super) fn local(world: &World, target: &Target, review: &mut Value) -> Result<Value, Status> {
    if let Some(metadata) = review.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("namespace".to_owned(), json!(target.namespace));
    }
    let spec = Spec::read(review)?;
    let own = spec
        .resource_attributes
        .as_ref()
        .map(|attributes| attributes.namespace.as_str());
    if own != Some(&target.namespace) {
        return Err(Status::bad_request(format!(
            "spec.resourceAttributes.namespace must match namespace: {}",
            target.namespace
        )));
    }
    let wanted = spec.attributes(review)?;
    Ok(ruled(world, &spec.subject(review)?, &wanted))
}

fn ruled(world: &World, caller: &Caller, wanted: &Attributes) -> Value {
    let ruling = world.store.read(|state| decide(state, caller, wanted));
    let mut status = json!({ "allowed": ruling.is_allowed });
    if let Some(fields) = status.as_object_mut().filter(|_| !ruling.reason.is_empty()) {
        fields.insert("reason".to_owned(), json!(ruling.reason));
    }
    status
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    resource_attributes: Option<ResourceAttributes>,
    non_resource_attributes: Option<PathAttributes>,
    user: String,
    uid: String,
    groups: Option<Vec<String>>,
    extra: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResourceAttributes {
    namespace: String,
    verb: String,
    group: String,
    resource: String,
    subresource: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PathAttributes {
    path: String,
    verb: String,
}

impl Spec {
    fn read(review: &Value) -> Result<Self, Status> {
        let kind = text(review, "/kind");
        let spec = review.get("spec").cloned().unwrap_or_else(|| json!({}));
        serde_json::from_value(spec).map_err(|error| {
            Status::bad_request(format!(
                "{kind} in version \"v1\" cannot be handled as a {kind}: {error}"
            ))
        })
    }

    fn attributes(&self, review: &Value) -> Result<Attributes, Status> {
        match (&self.resource_attributes, &self.non_resource_attributes) {
            (Some(resource), None) => Ok(Attributes {
                verb: resource.verb.clone(),
                what: What::Resource {
                    group: resource.group.clone(),
                    resource: resource.resource.clone(),
                    subresource: resource.subresource.clone(),
                    namespace: resource.namespace.clone(),
                    name: resource.name.clone(),
                },
            }),
            (None, Some(path)) => Ok(Attributes {
                verb: path.verb.clone(),
                what: What::Path(path.path.clone()),
            }),
            (None, None) | (Some(_), Some(_)) => {
                let why =
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified";
                let cause = Cause::invalid("spec.resourceAttributes", "null", why);
                Err(invalid(review, cause))
            }
        }
    }

    fn subject(&self, review: &Value) -> Result<Caller, Status> {
        let groups = self.groups.clone().unwrap_or_default();
        if self.user.is_empty() && groups.is_empty() {
            let why = "at least one of user or group must be specified";
            return Err(invalid(review, Cause::invalid("spec.user", "\"\"", why)));
        }
        Ok(Caller {
            name: self.user.clone(),
            uid: self.uid.clone(),
            groups,
            extra: self.extra.clone().unwrap_or_default(),
        })
    }
}

fn invalid(review: &Value, cause: Cause) -> Status {
    Status::invalid("authorization.k8s.io", text(review, "/kind"), "", &[cause])
}
