//! Aggregated discovery: all groups of a root in one document.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (aggregated discovery);
//! k8s.io/api's `apidiscovery/v2`.

use http::HeaderMap;
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::media::is_known_to_client;
use super::super::resources::{Registry, Resource};
use super::groups::named;

/// The document of `/api` (`is_core`) or of `/apis`.
pub(super) fn answer(
    registry: &Registry,
    is_core: bool,
    version: &'static str,
    headers: &HeaderMap,
) -> Answer {
    let items: Vec<Value> = if is_core {
        vec![group(registry, "", &["v1".to_owned()])]
    } else {
        named(registry)
            .map(|(name, versions)| group(registry, name, versions))
            .collect()
    };
    let document = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    });
    let body = document.to_string();
    let content_type = match version {
        "v2" => V2,
        _ => V2_BETA1,
    };
    let etag = super::super::answer::etag(body.as_bytes());
    if is_known_to_client(headers, &etag) {
        return Answer::NotModified(etag);
    }
    Answer::Document {
        content_type,
        body: body.into(),
        etag,
    }
}

fn group(registry: &Registry, name: &str, versions: &[String]) -> Value {
    let versions: Vec<_> = versions
        .iter()
        .map(|version| {
            let resources: Vec<_> = registry
                .of_version(name, version)
                .map(|resource| listed(resource))
                .collect();
            json!({ "version": version, "resources": resources, "freshness": "Current" })
        })
        .collect();
    let metadata = if name.is_empty() {
        json!({ "creationTimestamp": null })
    } else {
        json!({ "name": name, "creationTimestamp": null })
    };
    json!({ "metadata": metadata, "versions": versions })
}

fn listed(resource: &Resource) -> Value {
    let parts: Vec<_> = resource
        .subresources
        .iter()
        .map(|part| {
            let (group, version, kind) =
                part.kind
                    .unwrap_or((&resource.group, &resource.version, &resource.kind));
            json!({
                "subresource": part.name,
                "responseKind": { "group": group, "version": version, "kind": kind },
                "verbs": part.verbs,
            })
        })
        .collect();
    let mut listed = json!({
        "resource": resource.plural,
        "responseKind": {
            "group": resource.group,
            "version": resource.version,
            "kind": resource.kind,
        },
        "scope": if resource.is_namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    if let Some(fields) = listed.as_object_mut() {
        for (field, words) in [
            ("shortNames", &resource.short),
            ("categories", &resource.categories),
        ] {
            if !words.is_empty() {
                fields.insert(field.to_owned(), json!(words));
            }
        }
        if !parts.is_empty() {
            fields.insert("subresources".to_owned(), json!(parts));
        }
    }
    listed
}

const V2: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const V2_BETA1: &str = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
