//! Discovery, one document a group and version.

use serde_json::{Value, json};

use super::super::resources::{Registry, Resource};
use super::super::status::Status;

/// The paths that there are.
pub(super) fn paths(registry: &Registry) -> Value {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (group, versions) in named(registry) {
        paths.push(format!("/apis/{group}"));
        paths.extend(
            versions
                .iter()
                .map(|version| format!("/apis/{group}/{version}")),
        );
    }
    for path in [
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
    ] {
        paths.push(path.to_owned());
    }
    json!({ "paths": paths })
}

/// The versions of the core group.
pub(super) fn core_versions() -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [],
    })
}

/// All other groups.
pub(super) fn list(registry: &Registry) -> Value {
    let groups: Vec<_> = named(registry)
        .map(|(name, versions)| group(name, versions))
        .collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// One of them.
pub(super) fn one(registry: &Registry, name: &str) -> Result<Value, Status> {
    let versions = registry
        .groups()
        .get(name)
        .filter(|_| !name.is_empty())
        .ok_or_else(Status::no_such_path)?;
    let mut group = group(name, versions);
    if let Some(fields) = group.as_object_mut() {
        fields.insert("kind".to_owned(), json!("APIGroup"));
        fields.insert("apiVersion".to_owned(), json!("v1"));
    }
    Ok(group)
}

/// The resources of a version of a group.
pub(super) fn resources(registry: &Registry, group: &str, version: &str) -> Result<Value, Status> {
    let list: Vec<Value> = registry
        .of_version(group, version)
        .flat_map(|resource| listed(resource))
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

/// Groups with a name.
pub(super) fn named(registry: &Registry) -> impl Iterator<Item = (&String, &Vec<String>)> {
    registry
        .groups()
        .iter()
        .filter(|(name, _)| !name.is_empty())
}

fn group(name: &str, versions: &[String]) -> Value {
    let versions: Vec<_> = versions
        .iter()
        .map(|version| json!({ "groupVersion": format!("{name}/{version}"), "version": version }))
        .collect();
    let preferred = versions.first().cloned();
    json!({ "name": name, "versions": versions, "preferredVersion": preferred })
}

/// A resource, and its subresources.
fn listed(resource: &Resource) -> Vec<Value> {
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
