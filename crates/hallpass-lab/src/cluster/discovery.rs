//! What the API says of itself: its version, its groups, its resources.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (API groups, discovery).

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::Answer;
use super::resources::{Registry, Resource};
use super::status::Status;

/// Whether anybody may ask for it, as the role `system:public-info-viewer` has it.
pub(super) fn is_public(path: &str) -> bool {
    matches!(
        path,
        "/healthz" | "/livez" | "/readyz" | "/version" | "/version/"
    )
}

/// Answers a path that names no object.
pub(super) fn answer(registry: &Registry, path: &str) -> Result<Answer, Status> {
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let found = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] => return Ok(Answer::Text("ok")),
        ["version"] => version(),
        ["api"] => json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        }),
        ["api", "v1"] => resources(registry, "", "v1")?,
        ["apis"] => json!({
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": registry
                .groups()
                .iter()
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, versions)| group(name, versions))
                .collect::<Vec<_>>(),
        }),
        ["apis", name] => {
            let versions = registry
                .groups()
                .get(*name)
                .ok_or_else(Status::no_such_path)?;
            let mut group = group(name, versions);
            if let Some(fields) = group.as_object_mut() {
                fields.insert("kind".to_owned(), json!("APIGroup"));
                fields.insert("apiVersion".to_owned(), json!("v1"));
            }
            group
        }
        ["apis", name, version] => resources(registry, name, version)?,
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

fn group(name: &str, versions: &[String]) -> Value {
    let versions: Vec<_> = versions
        .iter()
        .map(|version| json!({ "groupVersion": format!("{name}/{version}"), "version": version }))
        .collect();
    let preferred = versions.first().cloned();
    json!({ "name": name, "versions": versions, "preferredVersion": preferred })
}

fn resources(registry: &Registry, group: &str, version: &str) -> Result<Value, Status> {
    let list: Vec<Value> = registry
        .of_version(group, version)
        .flat_map(listed)
        .collect();
    if list.is_empty() {
        return Err(Status::no_such_path());
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

/// A resource, and its subresources.
fn listed(resource: &Arc<Resource>) -> Vec<Value> {
    let mut own = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.is_namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    for (field, words) in [
        ("shortNames", &resource.short),
        ("categories", &resource.categories),
    ] {
        if let Some(fields) = own.as_object_mut().filter(|_| !words.is_empty()) {
            fields.insert(field.to_owned(), json!(words));
        }
    }
    let mut all = vec![own];
    for part in &resource.subresources {
        let mut one = json!({
            "name": format!("{}/{}", resource.plural, part.name),
            "singularName": "",
            "namespaced": resource.is_namespaced,
            "kind": part.kind.map_or(resource.kind.as_str(), |(_, _, kind)| kind),
            "verbs": part.verbs,
        });
        if let (Some((group, version, _)), Some(fields)) = (part.kind, one.as_object_mut()) {
            fields.insert("group".to_owned(), json!(group));
            fields.insert("version".to_owned(), json!(version));
        }
        all.push(one);
    }
    all
}
