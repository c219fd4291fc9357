//! The cluster's port: the issuer for everybody, the API for those it knows.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;

use super::answer;
use super::front::{Told, respond};
use super::issuer;
use crate::chance;
use crate::events::{Event, EventError, bounded_user_agent};
use crate::listen::Peer;
use crate::world::World;

/// The routes of the issuer and of the API.
pub(crate) fn router(world: Arc<World>) -> Router {
    issuer::routes().fallback(handle).with_state(world)
}

async fn handle(State(world): State<Arc<World>>, request: http::Request<Body>) -> Response {
    let request_id = chance::uuid(&*world.chance);
    let (parts, body) = request.into_parts();
    let mut told = Told::default();
    let outcome = respond(&world, &parts, body, &mut told).await;
    let (mut response, error) = match outcome {
        Ok(answer) => (answer.into_response(), None),
        Err(status) => {
            let error = EventError {
                code: status.reason.to_owned(),
                message: status.message.clone(),
                detail: status.detail.clone(),
            };
            (answer::refusal(&status), Some(error))
        }
    };
    answer::add_warnings(&mut response, &told.notes.warnings);
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("audit-id", id);
    }
    let peer = parts.extensions.get::<Peer>();
    world.events.add(Event {
        time: world.now(),
        request_id,
        service: SERVICE,
        operation: told.operation,
        caller: told.caller,
        access_key_id: None,
        source_ip: peer.map_or_else(String::new, |peer| peer.address.ip().to_string()),
        user_agent: parts
            .headers
            .get(http::header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(bounded_user_agent),
        decisions: told.notes.decisions,
        status: response.status().as_u16(),
        error,
    });
    response
}

/// The service's name in the event log and among the faults.
pub(super) const SERVICE: &str = "kubernetes";
