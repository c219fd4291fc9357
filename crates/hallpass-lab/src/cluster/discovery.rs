//! What the API says of itself: its version, its health, its groups and resources, their types.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (discovery, OpenAPI interface definition).

mod aggregated;
mod groups;
mod openapi;
mod version;

use std::sync::Arc;

use http::HeaderMap;

use super::answer::Answer;
use super::media::Accepted;
use super::resources::Registry;
use super::status::Status;
use crate::world::World;

pub(super) use openapi::OpenApiCache;

/// Answers a path that names no object.
pub(super) fn answer(
    world: &World,
    registry: &Arc<Registry>,
    path: &str,
    headers: &HeaderMap,
) -> Result<Answer, Status> {
    let accepted = Accepted::of(headers);
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let found = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] | ["healthz" | "livez" | "readyz", "ping"] => {
            return Ok(Answer::Text("ok"));
        }
        ["version"] => version::answer(),
        [""] => groups::paths(registry),
        ["api" | "apis"] if accepted.discovery().is_some() => {
            let version = accepted.discovery().unwrap_or_default();
            return Ok(aggregated::answer(
                registry,
                parts == ["api"],
                version,
                headers,
            ));
        }
        ["api"] => groups::core_versions(),
        ["api", version] => groups::resources(registry, "", version)?,
        ["apis"] => groups::list(registry),
        ["apis", name] => groups::one(registry, name)?,
        ["apis", name, version] => groups::resources(registry, name, version)?,
        ["openapi", rest @ ..] => {
            return openapi::answer(world, registry, rest, headers);
        }
        _ => return Err(Status::no_such_path()),
    };
    Ok(Answer::Found(found))
}
