//! Which document answers which path.

use std::sync::Arc;

use http::HeaderMap;

use super::super::answer::Answer;
use super::super::media::Accepted;
use super::super::resources::Registry;
use super::super::status::Status;
use super::{aggregated, groups, openapi, version};
use crate::world::World;

/// Answers a path that names no object.
pub(in super::super) fn answer(
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
