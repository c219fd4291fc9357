//! What a request's body is written in, and reading it.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource representations), "Update API
//! Objects in Place Using kubectl patch".

use http::HeaderMap;
use serde_json::Value;

use super::request::Verb;
use super::resources::Resource;
use super::status::Status;

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A configuration to apply (server-side apply), in YAML or JSON.
    ApplyPatch,
    /// An object in JSON.
    Json,
    /// A JSON patch (RFC 6902).
    JsonPatch,
    /// A merge patch (RFC 7386).
    MergePatch,
    /// An object in Kubernetes' protocol buffers.
    Protobuf,
    /// A strategic merge patch.
    StrategicPatch,
    /// An object in YAML.
    Yaml,
}

impl Content {
    /// What the body of a request is written in, by its header fields.
    pub(super) fn of(headers: &HeaderMap, verb: Verb, resource: &Resource) -> Result<Self, Status> {
        let given = headers
            .get(http::header::CONTENT_TYPE)
            .map(|given| given.to_str().unwrap_or_default())
            .unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        if verb == Verb::Patch {
            return Self::of_patch(&essence, resource);
        }
        match essence.as_str() {
            // The API server takes a body without a type for JSON.
            "" | "application/json" => Ok(Self::Json),
            "application/yaml" => Ok(Self::Yaml),
            "application/vnd.kubernetes.protobuf" if !resource.is_custom() => Ok(Self::Protobuf),
            _ if resource.is_custom() => Err(Status::unsupported_media_type(OF_CUSTOM)),
            _ => Err(Status::unsupported_media_type(OF_OBJECTS)),
        }
    }

    fn of_patch(essence: &str, resource: &Resource) -> Result<Self, Status> {
        match essence {
            "application/apply-patch+yaml" => Ok(Self::ApplyPatch),
            "application/json-patch+json" => Ok(Self::JsonPatch),
            "application/merge-patch+json" => Ok(Self::MergePatch),
            "application/strategic-merge-patch+json" if !resource.is_custom() => {
                Ok(Self::StrategicPatch)
            }
            _ if resource.is_custom() => Err(Status::unsupported_media_type(OF_CUSTOM_PATCHES)),
            _ => Err(Status::unsupported_media_type(OF_PATCHES)),
        }
    }
}

/// Reads a body.
pub(super) fn read(content: Content, body: &[u8]) -> Result<Value, Status> {
    match content {
        Content::Json | Content::JsonPatch | Content::MergePatch | Content::StrategicPatch => {
            serde_json::from_slice(body).map_err(|error| unreadable(&error))
        }
        Content::ApplyPatch | Content::Yaml => yaml(body),
        Content::Protobuf => Err(Status::unsupported_media_type(OF_CUSTOM)),
    }
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
