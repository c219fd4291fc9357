//! A kind of runners with a field of each sort, and how it is applied and updated.

use std::sync::Arc;

use hallpass_kubernetes::Schema;
use hallpass_kubernetes::crd::{self, CustomResource};
use hallpass_kubernetes::fields::{ApplyError, Request, apply, track_update};
use serde_json::{Value, json};

pub const NOW: &str = "2026-11-24T16:00:00Z";
pub const LATER: &str = "2026-11-24T17:00:00Z";

pub fn by<'a>(manager: &'a str, api_version: &'a str) -> Request<'a> {
    Request {
        manager,
        api_version,
        subresource: "",
        ignores: &["status"],
        now: NOW,
    }
}

/// A runner deployment's schema, small.
pub fn runners() -> Arc<Schema> {
    let spec = json!({"type": "object", "properties": {
                            "replicas": {"type": "integer"},
                            "image": {"type": "string"},
                            "paused": {"type": "boolean"},
                            "labels": {"type": "array", "x-kubernetes-list-type": "set",
                                "items": {"type": "string"}},
                            "args": {"type": "array", "items": {"type": "string"}},
                            "env": {"type": "array", "x-kubernetes-list-type": "map",
                                "x-kubernetes-list-map-keys": ["name"],
                                "items": {"type": "object", "required": ["name"], "properties": {
                                    "name": {"type": "string"},
                                    "value": {"type": "string"}}}},
                            "ports": {"type": "array", "x-kubernetes-list-type": "map",
                                "x-kubernetes-list-map-keys": ["port", "protocol"],
                                "items": {"type": "object", "required": ["port"], "properties": {
                                    "port": {"type": "integer"},
                                    "protocol": {"type": "string", "default": "TCP"},
                                    "name": {"type": "string"}}}},
                            "selector": {"type": "object", "x-kubernetes-map-type": "atomic",
                                "additionalProperties": {"type": "string"}},
                            "strategy": {"type": "object", "properties": {
                                "kind": {"type": "string"}, "surge": {"type": "integer"}}},
                            "extra": {"type": "object",
                                "x-kubernetes-preserve-unknown-fields": true}}});
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "runners.ci.example"},
        "spec": {
            "group": "ci.example",
            "scope": "Namespaced",
            "names": {"plural": "runners", "kind": "Runner"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "spec": spec,
                        "status": {"type": "object", "properties": {
                            "ready": {"type": "integer"}}}}}}
            }]
        }
    });
    crd::set_defaults(&mut definition);
    let read = CustomResource::parse(&definition).unwrap();
    Arc::clone(&read.storage().unwrap().schema)
}

pub fn runner(spec: Value) -> Value {
    json!({
        "apiVersion": "ci.example/v1", "kind": "Runner",
        "metadata": {"name": "r", "namespace": "ci"},
        "spec": spec,
    })
}

pub fn apply_as(
    live: Option<&Value>,
    manager: &str,
    force: bool,
    spec: Value,
) -> Result<Value, ApplyError> {
    let request = by(manager, "ci.example/v1");
    apply(live, &runner(spec), force, &request, &runners())
}

pub fn update_as(live: &Value, manager: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut new = live.clone();
    change(&mut new);
    let request = by(manager, "ci.example/v1");
    track_update(Some(live), &mut new, &request, &runners());
    new
}

pub fn created_as(manager: &str, spec: Value) -> Value {
    let mut new = runner(spec);
    track_update(None, &mut new, &by(manager, "ci.example/v1"), &runners());
    new
}

/// `manager operation: fields` for each entry.
pub fn owners(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array();
    let entries = entries.into_iter().flatten();
    entries
        .map(|entry| {
            let sub = entry["subresource"].as_str().unwrap_or("");
            format!(
                "{} {}{sub}: {}",
                entry["manager"].as_str().unwrap(),
                entry["operation"].as_str().unwrap(),
                entry["fieldsV1"]
            )
        })
        .collect()
}
