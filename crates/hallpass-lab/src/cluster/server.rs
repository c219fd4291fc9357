//! The cluster's port: the issuer for everybody, the API for those it knows.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method};

use super::access::{authenticate, authorize};
use super::answer::{self, Answer};
use super::discovery;
use super::issuer;
use super::notes::Notes;
use super::operate::{Operation, PatchKind, Payload};
use super::options::Options;
use super::request::{Target, Verb};
use super::status::Status;
use crate::chance;
use crate::events::{Event, EventError};
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
    let target = Target::parse(path);
    let options = Options::parse(parts.uri.query().unwrap_or_default());
    let verb = target
        .as_ref()
        .map(|target| target.verb(&parts.method, options.is_watch));
    told.operation = operation(parts, target.as_ref(), verb.as_ref());
    if let Some(kind) = world.faults.take(SERVICE) {
        return Err(fault(kind));
    }
    if discovery::is_public(path) {
        return discovery::answer(path);
    }
    // Read before anything is refused: a client that is still sending would not see the answer.
    let body = read(world, body).await?;
    let caller = authenticate(world, &parts.headers)?;
    told.caller = Some(caller.user());
    let (Some(target), Some(verb)) = (target, verb) else {
        return match parts.method {
            Method::GET | Method::HEAD => discovery::answer(path),
            _ => Err(Status::method_not_allowed()),
        };
    };
    let verb = verb?;
    let (decision, may) = authorize(&caller, verb, &target);
    told.notes.decisions.push(decision);
    may?;
    check_content_type(parts, verb)?;
    let operation = Operation {
        verb,
        target,
        options,
        payload: payload(verb, &body)?,
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

fn payload(verb: Verb, body: &[u8]) -> Result<Payload, Status> {
    if body.is_empty() && matches!(verb, Verb::Delete | Verb::DeleteCollection) {
        return Ok(Payload::Nothing);
    }
    let read = || {
        serde_json::from_slice(body).map_err(|error| {
            Status::bad_request(format!("the body of the request is not readable: {error}"))
        })
    };
    Ok(match verb {
        Verb::Create | Verb::Delete | Verb::DeleteCollection | Verb::Update => {
            Payload::Object(read()?)
        }
        Verb::Patch => Payload::Patch(PatchKind::Merge, read()?),
        Verb::Get | Verb::List | Verb::Watch => Payload::Nothing,
    })
}

/// Objects come as JSON, patches as merge patches; protobuf and YAML are not read here.
fn check_content_type(parts: &Parts, verb: Verb) -> Result<(), Status> {
    let wanted = match verb {
        Verb::Create | Verb::Update => "application/json",
        Verb::Patch => "application/merge-patch+json",
        Verb::Delete | Verb::DeleteCollection | Verb::Get | Verb::List | Verb::Watch => {
            return Ok(());
        }
    };
    let given = parts.headers.get(http::header::CONTENT_TYPE);
    // The API server takes a body without a type for JSON.
    let Some(given) = given else {
        return if verb == Verb::Patch {
            Err(Status::unsupported_media_type(wanted))
        } else {
            Ok(())
        };
    };
    let essence = given
        .to_str()
        .ok()
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    if essence.is_some_and(|essence| essence.eq_ignore_ascii_case(wanted)) {
        Ok(())
    } else {
        Err(Status::unsupported_media_type(wanted))
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
