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

/// The routes of the issuer.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/id/{id}/.well-known/openid-configuration",
            get(async |State(world), Path(id)| eks(&world, &id, discovery(&world))),
        )
        .route(
            "/id/{id}/keys",
            get(async |State(world), Path(id)| eks(&world, &id, keys(&world))),
        )
        .route(
            "/.well-known/openid-configuration",
            get(async |State(world): State<Arc<World>>| serve(&world, discovery(&world))),
        )
        .route(
            "/openid/v1/jwks",
            get(async |State(world): State<Arc<World>>| {
                let mut response = serve(&world, keys(&world));
                answer::set_content_type(&mut response, "application/jwk-set+json");
                response
            }),
        )
}

fn eks(world: &World, id: &str, document: Result<Value, Status>) -> Response {
    if id == world.identity.issuer_id {
        serve(world, document)
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
