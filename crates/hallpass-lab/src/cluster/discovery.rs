//! What the API says of itself: its version, its groups, its resources.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (API groups, discovery).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::Answer;
use super::resources::KNOWN;
use super::status::Status;

/// Whether anybody may ask for it, as the role `system:public-info-viewer` has it.
pub(super) fn is_public(path: &str) -> bool {
    matches!(
        path,
        "/healthz" | "/livez" | "/readyz" | "/version" | "/version/"
    )
}

/// Answers a path that names no object.
pub(super) fn answer(path: &str) -> Result<Answer, Status> {
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let found = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] => return Ok(Answer::Text("ok")),
        ["version"] => version(),
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        }),
        ["api", "v1"] => resources("", "v1")?,
        ["apis"] => json!({
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": groups().into_iter().map(group).collect::<Vec<_>>(),
        }),
        ["apis", name] if groups().contains(name) => {
            let mut group = group(name);
            if let Some(fields) = group.as_object_mut() {
                fields.insert("kind".to_owned(), json!("APIGroup"));
                fields.insert("apiVersion".to_owned(), json!("v1"));
            }
            group
        }
        ["apis", name, version] => resources(name, version)?,
        _ => return Err(Status::no_such_path()),
    };
    Ok(Answer::Found(found))
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": "34",
        "gitVersion": "v1.34.0-hallpass-lab",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2025-08-27T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": "linux/amd64",
    })
}

fn groups() -> BTreeSet<&'static str> {
    let named = KNOWN.iter().map(|resource| resource.group);
    named.filter(|group| !group.is_empty()).collect()
}

fn group(name: &str) -> Value {
    // Every group that the cluster knows has one version.
    let version = KNOWN
        .iter()
        .find(|resource| resource.group == name)
        .map_or("v1", |resource| resource.version);
    let version = json!({ "groupVersion": format!("{name}/{version}"), "version": version });
    json!({ "name": name, "versions": [version], "preferredVersion": version })
}

fn resources(group: &str, version: &str) -> Result<Value, Status> {
    let mut list: Vec<Value> = KNOWN
        .iter()
        .filter(|resource| resource.group == group && resource.version == version)
        .map(|resource| {
            json!({
                "name": resource.plural,
                "singularName": resource.kind.to_lowercase(),
                "namespaced": resource.is_namespaced,
                "kind": resource.kind,
                "verbs": VERBS,
                "shortNames": resource.short.into_iter().collect::<Vec<_>>(),
            })
        })
        .collect();
    if list.is_empty() {
        return Err(Status::no_such_path());
    }
    if group.is_empty() {
        list.push(json!({
            "name": "serviceaccounts/token",
            "singularName": "",
            "namespaced": true,
            "group": "authentication.k8s.io",
            "version": "v1",
            "kind": "TokenRequest",
            "verbs": ["create"],
        }));
    }
    let full = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Ok(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": full,
        "resources": list,
    }))
}

const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
];
