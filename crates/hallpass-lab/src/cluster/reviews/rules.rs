//! What may the caller do in a namespace?

use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::objects::text;
use super::super::rbac::rules_for;
use super::super::status::Status;
use crate::world::World;

/// All rules that the caller has there.
pub(super) fn answer(world: &World, caller: &Caller, review: &Value) -> Result<Value, Status> {
    let namespace = text(review, "/spec/namespace");
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let (held, missing) = world
        .store
        .read(|state| rules_for(state, caller, namespace));
    let (mut of_resources, mut of_paths) = (Vec::new(), Vec::new());
    for rule in held.into_iter().map(|held| held.rule) {
        if !rule.resources.is_empty() {
            of_resources.push(json!({
                "verbs": rule.verbs,
                "apiGroups": rule.api_groups,
                "resources": rule.resources,
                "resourceNames": rule.resource_names,
            }));
        }
        if !rule.non_resource_urls.is_empty() {
            of_paths.push(json!({
                "verbs": rule.verbs,
                "nonResourceURLs": rule.non_resource_urls,
            }));
        }
    }
    let mut status = json!({
        "resourceRules": of_resources,
        "nonResourceRules": of_paths,
        "incomplete": !missing.is_empty(),
    });
    if let Some(fields) = status.as_object_mut().filter(|_| !missing.is_empty()) {
        fields.insert("evaluationError".to_owned(), json!(missing.join(", ")));
    }
    Ok(status)
}
