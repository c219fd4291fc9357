//! What the API says of itself: its version, its health, its groups and resources, their types.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (discovery, OpenAPI interface definition).

mod aggregated;
mod answer;
mod groups;
mod openapi;
mod version;

pub(super) use answer::answer;
pub(super) use openapi::OpenApiCache;
