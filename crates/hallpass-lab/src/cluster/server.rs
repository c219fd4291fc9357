//! The cluster's port: the issuer for everybody, the API for those it knows.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method};

use super::access::{ANONYMOUS, authenticate};
use super::answer::{self, Answer};
use super::content;
use super::discovery;
use super::issuer;
use super::notes::Notes;
use super::operate::Operation;
use super::options::Options;
use super::rbac::authorize;
use super::request::{Target, Verb};
use super::status::Status;
use crate::chance;
use crate::events::{Event, EventError, bounded_user_agent};
use crate::faults::FaultKind;
use crate::listen::Peer;
use crate::world::World;

/// The routes of the issuer and of the API.
pub(crate) fn router(world: Arc<World>) -> Router {
    issuer::routes().fallback(handle).with_state(world)
}

/// What the event log will tell of a request.
#[derive(Default)]
struct Told {
    operation: String,
    caller: Option<String>,
    notes: Notes,
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

async fn respond(
    world: &Arc<World>,
    parts: &Parts,
    body: Body,
    told: &mut Told,
) -> Result<Answer, Status> {
    let path = parts.uri.path();
    let registry = world.store.read(|state| world.cluster.registry(state));
    let target = Target::parse(path).map(|target| target.resolve(&registry));
    let options = Options::parse(parts.uri.query().unwrap_or_default());
    let verb = target
        .as_ref()
        .map(|target| target.verb(&parts.method, options.is_watch));
    told.operation = operation(parts, target.as_ref(), verb.as_ref());
    if let Some(kind) = world.faults.take(SERVICE) {
        return Err(fault(kind));
    }
    if discovery::is_public(path) {
        return discovery::answer(&registry, path);
    }
    // Read before anything is refused: a client that is still sending would not see the answer.
    let body = read(world, body).await?;
    let caller = authenticate(world, &parts.headers)?;
    if caller.name == ANONYMOUS {
        return Err(Status::unauthorized("no credentials were given"));
    }
    told.caller = Some(caller.name.clone());
    let (Some(target), Some(verb)) = (target, verb) else {
        return match parts.method {
            Method::GET | Method::HEAD => discovery::answer(&registry, path),
            _ => Err(Status::method_not_allowed()),
        };
    };
    let verb = verb?;
    let (decision, may) = authorize(&caller, verb, &target);
    told.notes.decisions.push(decision);
    may?;
    let resource = Arc::clone(target.known()?);
    let operation = Operation {
        verb,
        target,
        options,
        payload: content::read(&parts.headers, verb, &resource, &body)?,
        caller,
    };
    operation.carry_out(world, &mut told.notes).await
}

/// `create serviceaccounts/token`; `get /version`.
fn operation(
    parts: &Parts,
    target: Option<&Target>,
    verb: Option<&Result<Verb, Status>>,
) -> String {
    let method = parts.method.as_str().to_lowercase();
    let Some(target) = target else {
        // The path is the client's: no more of it is kept than any honest one has.
        let path: String = parts.uri.path().chars().take(MAX_PATH).collect();
        return format!("{method} {path}");
    };
    let verb = match verb {
        Some(Ok(verb)) => verb.as_str(),
        Some(Err(_)) | None => &method,
    };
    let resource: String = target.qualified().chars().take(MAX_PATH).collect();
    match &target.subresource {
        Some(subresource) => format!("{verb} {resource}/{subresource}"),
        None => format!("{verb} {resource}"),
    }
}

fn fault(kind: FaultKind) -> Status {
    match kind {
        FaultKind::InternalFailure => Status::internal(&"asked for as a fault"),
        FaultKind::Throttle => Status::too_many_requests(),
        FaultKind::Unavailable => Status::unavailable(),
    }
}

async fn read(world: &World, body: Body) -> Result<Bytes, Status> {
    world
        .bodies
        .read(body, MAX_BODY)
        .await
        .map_err(|error| match error.status {
            413 => Status::too_large(MAX_BODY),
            408 => Status::timeout(),
            503 => Status::unavailable(),
            _ => Status::bad_request(error.message),
        })
}

const SERVICE: &str = "kubernetes";
// The API server's own limit on a request's body.
const MAX_BODY: usize = 3 << 20;
const MAX_PATH: usize = 512;
