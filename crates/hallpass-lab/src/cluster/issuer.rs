//! The issuer as anybody sees it: a discovery document and keys, without authentication.
//!
//! EKS serves them under `/id/ID` of its own host, the API server under its root (Kubernetes,
//! "Service account issuer discovery"); both say the same here.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use hallpass_oidc::{Algorithm, discovery_document};
use serde_json::Value;

use super::answer;
use super::status::Status;
use crate::world::World;

/// Whether a path of the cluster's port is the issuer's or the API's, as faults are asked for.
pub(crate) fn service_of_path(path: &str) -> &'static str {
    let is_issuer =
        path.starts_with("/id/") || path.starts_with("/.well-known/") || path == "/openid/v1/jwks";
    if is_issuer { "issuer" } else { "kubernetes" }
}

/// The routes of the issuer.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/id/{id}/.well-known/openid-configuration",
            get(discovery_of_eks),
        )
        .route("/id/{id}/keys", get(keys_of_eks))
        .route("/.well-known/openid-configuration", get(discovery_of_api))
        .route("/openid/v1/jwks", get(keys_of_api))
}

async fn discovery_of_eks(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    of_eks(&world, &id, discovery)
}

async fn keys_of_eks(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    of_eks(&world, &id, keys)
}

async fn discovery_of_api(State(world): State<Arc<World>>) -> Response {
    serve(&world, discovery(&world))
}

async fn keys_of_api(State(world): State<Arc<World>>) -> Response {
    let mut response = serve(&world, keys(&world));
    if response.status().is_success() {
        answer::set_content_type(&mut response, "application/jwk-set+json");
    }
    response
}

fn of_eks(
    world: &World,
    id: &str,
    document: impl FnOnce(&World) -> Result<Value, Status>,
) -> Response {
    if id == world.identity.issuer_id {
        serve(world, document(world))
    } else {
        answer::refusal(&Status::no_such_path())
    }
}

fn serve(world: &World, document: Result<Value, Status>) -> Response {
    // So that clients of the issuer can be tested against one that is down.
    if world.faults.take("issuer").is_some() {
        return answer::refusal(&Status::unavailable());
    }
    match document {
        Ok(document) => answer::json(200, &document),
        Err(status) => answer::refusal(&status),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for both documents")]
fn discovery(world: &World) -> Result<Value, Status> {
    let issuer = world.identity.issuer_url();
    let keys = format!("{issuer}/keys");
    Ok(discovery_document(&issuer, &keys, &[Algorithm::Rs256]))
}

fn keys(world: &World) -> Result<Value, Status> {
    let keys = world
        .cluster
        .keys()
        .map_err(|error| Status::internal(&error))?;
    Ok(keys.jwks.clone())
}
