//! The types of what is served, as OpenAPI documents of version 2 and 3.
//!
//! A document is made when it is first asked for, and kept until a definition changes: there are as
//! many as there are group versions, and two of version 2.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hallpass_kubernetes::openapi;
use http::HeaderMap;
use serde_json::{Value, json};

use super::super::answer::{Answer, etag};
use super::super::media::{Accepted, is_known_to_client};
use super::super::resources::{Origin, Registry, Resource};
use super::super::status::Status;
use crate::world::World;

/// The documents of one registry.
#[derive(Debug, Default)]
pub(in super::super) struct OpenApiCache(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    fingerprint: String,
    documents: BTreeMap<String, Document>,
}

#[derive(Clone, Debug)]
struct Document {
    body: Bytes,
    etag: String,
}

impl OpenApiCache {
    fn document(
        &self,
        registry: &Registry,
        name: &str,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Document {
        let is_known = |made: &Made| made.fingerprint == registry.fingerprint;
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = Some(lock())
            .filter(|made| is_known(made))
            .and_then(|made| made.documents.get(name).cloned())
        {
            return known;
        }
        // Made outside the lock: it takes a while, and others may ask for other documents.
        let body = make();
        let document = Document {
            etag: etag(&body),
            body: body.into(),
        };
        let mut kept = lock();
        if !is_known(&kept) {
            *kept = Made {
                fingerprint: registry.fingerprint.clone(),
                documents: BTreeMap::new(),
            };
        }
        kept.documents.insert(name.to_owned(), document.clone());
        document
    }
}

/// Answers a path below `/openapi`.
pub(super) fn answer(
    world: &World,
    registry: &Arc<Registry>,
    path: &[&str],
    headers: &HeaderMap,
) -> Result<Answer, Status> {
    let cache = &world.cluster.openapi;
    let (document, content_type) = match path {
        ["v2"] if Accepted::of(headers).has_openapi_protobuf() => {
            let make = || openapi::v2_protobuf(&resources(registry));
            (
                cache.document(registry, "v2 protobuf", make),
                openapi::V2_PROTOBUF,
            )
        }
        ["v2"] => {
            let make = || openapi::v2(&resources(registry)).to_string().into_bytes();
            (cache.document(registry, "v2", make), "application/json")
        }
        ["v3"] => return Ok(Answer::Found(index(registry))),
        ["v3", "api", version] => (v3(cache, registry, "", version)?, "application/json"),
        ["v3", "apis", group, version] => {
            (v3(cache, registry, group, version)?, "application/json")
        }
        _ => return Err(Status::no_such_path()),
    };
    if is_known_to_client(headers, &document.etag) {
        return Ok(Answer::NotModified(document.etag));
    }
    Ok(Answer::Document {
        content_type,
        body: document.body,
        etag: document.etag,
    })
}

fn v3(
    cache: &OpenApiCache,
    registry: &Registry,
    group: &str,
    version: &str,
) -> Result<Document, Status> {
    if registry.of_version(group, version).next().is_none() {
        return Err(Status::no_such_path());
    }
    let make = || {
        openapi::v3(&resources(registry), group, version)
            .to_string()
            .into_bytes()
    };
    Ok(cache.document(registry, &format!("v3 {group}/{version}"), make))
}

/// Each group version with its address, which changes with the document.
fn index(registry: &Registry) -> Value {
    let mut paths = serde_json::Map::new();
    for (group, versions) in registry.groups() {
        for version in versions {
            let path = if group.is_empty() {
                format!("api/{version}")
            } else {
                format!("apis/{group}/{version}")
            };
            // The document itself is made when it is asked for; it follows from these.
            let is_fixed = registry
                .of_version(group, version)
                .all(|one| !one.is_custom());
            let from = if is_fixed { "" } else { &registry.fingerprint };
            let hash = etag(format!("{SERVED_BY} {path} {from}").as_bytes());
            let hash = hash.trim_matches('"');
            let address = format!("/openapi/v3/{path}?hash={hash}");
            paths.insert(path, json!({ "serverRelativeURL": address }));
        }
    }
    json!({ "paths": paths })
}

/// The resources, as the maker of documents wants them.
fn resources(registry: &Registry) -> Vec<openapi::Resource<'_>> {
    registry.all().map(|resource| described(resource)).collect()
}

fn described(resource: &Resource) -> openapi::Resource<'_> {
    openapi::Resource {
        group: &resource.group,
        version: &resource.version,
        plural: &resource.plural,
        kind: &resource.kind,
        list_kind: &resource.list_kind,
        is_namespaced: resource.is_namespaced,
        verbs: resource.verbs,
        subresources: resource
            .subresources
            .iter()
            .map(|part| openapi::Subresource {
                name: &part.name,
                kind: part.kind,
                verbs: part.verbs,
            })
            .collect(),
        schema: match &resource.origin {
            Origin::BuiltIn | Origin::Implied => None,
            Origin::Custom(version) => Some(Arc::clone(&version.schema)),
        },
    }
}

const SERVED_BY: &str = env!("CARGO_PKG_VERSION");
