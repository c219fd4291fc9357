//! What a request's body is written in, and reading it.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource representations), "Update API
//! Objects in Place Using kubectl patch".

use http::HeaderMap;
use serde_json::Value;

use super::operate::{PatchKind, Payload};
use super::request::Verb;
use super::resources::Resource;
use super::status::Status;

/// What a request brings, as its verb and its header fields have it.
pub(super) fn read(
    headers: &HeaderMap,
    verb: Verb,
    resource: &Resource,
    body: &[u8],
) -> Result<Payload, Status> {
    let given = headers.get(http::header::CONTENT_TYPE);
    let given = given.map(|given| given.to_str().unwrap_or_default());
    let given = given.unwrap_or_default().split(';').next();
    let given = given.unwrap_or_default().trim().to_ascii_lowercase();
    match verb {
        Verb::Get | Verb::List | Verb::Watch => Ok(Payload::Nothing),
        // The options of a deletion are optional.
        Verb::Delete | Verb::DeleteCollection if body.is_empty() => Ok(Payload::Nothing),
        Verb::Create | Verb::Delete | Verb::DeleteCollection | Verb::Update => {
            object(&given, resource, body).map(Payload::Object)
        }
        Verb::Patch => {
            let kind = patch_kind(&given, resource)?;
            let patch = match kind {
                PatchKind::Apply => yaml(body)?,
                PatchKind::Json | PatchKind::Merge | PatchKind::Strategic => json(body)?,
            };
            Ok(Payload::Patch(kind, patch))
        }
    }
}

fn object(given: &str, resource: &Resource, body: &[u8]) -> Result<Value, Status> {
    match given {
        // The API server takes a body without a type for JSON.
        "" | "application/json" => json(body),
        "application/yaml" => yaml(body),
        "application/vnd.kubernetes.protobuf" if !resource.is_custom() => {
            hallpass_kubernetes::protobuf::decode(body).map_err(|error| unreadable(&error))
        }
        _ if resource.is_custom() => Err(Status::unsupported_media_type(OF_CUSTOM)),
        _ => Err(Status::unsupported_media_type(OF_OBJECTS)),
    }
}

fn patch_kind(given: &str, resource: &Resource) -> Result<PatchKind, Status> {
    match given {
        "application/apply-patch+yaml" => Ok(PatchKind::Apply),
        "application/json-patch+json" => Ok(PatchKind::Json),
        "application/merge-patch+json" => Ok(PatchKind::Merge),
        "application/strategic-merge-patch+json" if !resource.is_custom() => {
            Ok(PatchKind::Strategic)
        }
        _ if resource.is_custom() => Err(Status::unsupported_media_type(OF_CUSTOM_PATCHES)),
        _ => Err(Status::unsupported_media_type(OF_PATCHES)),
    }
}

fn json(body: &[u8]) -> Result<Value, Status> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

/// YAML, of which JSON is a part; a client that has JSON need not wait for the slower reader.
fn yaml(body: &[u8]) -> Result<Value, Status> {
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = std::str::from_utf8(body).map_err(|error| unreadable(&error))?;
    serde_saphyr::from_str(text).map_err(|error| unreadable(&error))
}

/// The refusal of a body that cannot be read.
pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Status {
    Status::bad_request(format!("the body of the request is not readable: {error}"))
}

const OF_OBJECTS: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const OF_CUSTOM: &str = "application/json, application/yaml";
const OF_PATCHES: &str = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
const OF_CUSTOM_PATCHES: &str =
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
