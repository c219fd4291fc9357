//! The way of a request through the API: who asks, whether they may, what they bring, what they want
//! back.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::Method;
use http::request::Parts;

use super::access::{authenticate, impersonate};
use super::answer::Answer;
use super::content;
use super::discovery;
use super::media::Accepted;
use super::notes::Notes;
use super::operate::{Operation, Payload};
use super::options::Options;
use super::present::Presentation;
use super::rbac::{self, Attributes};
use super::request::{Target, Verb};
use super::resources::{Origin, Registry, Resource};
use super::reviews;
use super::selector;
use super::server::SERVICE;
use super::status::Status;
use crate::events::bounded_user_agent;
use crate::faults::FaultKind;
use crate::world::World;

/// What the event log will tell of a request.
#[derive(Default)]
pub(super) struct Told {
    pub(super) operation: String,
    pub(super) caller: Option<String>,
    pub(super) notes: Notes,
}

/// Answers a request.
pub(super) async fn respond(
    world: &Arc<World>,
    parts: &Parts,
    body: Body,
    told: &mut Told,
) -> Result<Answer, Status> {
    let path = parts.uri.path();
    let registry = world.store.read(|state| world.cluster.registry(state));
    let target = Target::parse(path).map(|target| target.resolve(&registry));
    let mut options = Options::parse(parts.uri.query().unwrap_or_default());
    let agent = parts.headers.get(http::header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    options.agent = agent.map(bounded_user_agent).unwrap_or_default();
    let verb = target
        .as_ref()
        .map(|target| target.verb(&parts.method, options.is_watch));
    told.operation = operation(parts, target.as_ref(), verb.as_ref());
    if let Some(kind) = world.faults.take(SERVICE) {
        return Err(fault(kind));
    }
    // Read before anything is refused: a client that is still sending would not see the answer.
    let body = read(world, body).await?;
    let caller = authenticate(world, parts)?;
    told.caller = Some(caller.name.clone());
    let decisions = &mut told.notes.decisions;
    let caller = world
        .store
        .read(|state| impersonate(state, caller, &parts.headers, decisions))?;
    told.caller = Some(caller.name.clone());
    let verb = verb.transpose()?;
    let wanted = match (&target, verb) {
        (Some(target), Some(verb)) => {
            let listed = selector::named(&options.field_selector);
            Attributes::of(verb, target, listed.as_deref())
        }
        _ => Attributes::of_path(&parts.method, path),
    };
    let (decision, may) = world
        .store
        .read(|state| rbac::authorize(state, &caller, &wanted));
    decisions.push(decision);
    may?;
    let (Some(target), Some(verb)) = (target, verb) else {
        return about_the_api(world, parts, &registry);
    };
    let resource = Arc::clone(target.known()?);
    let form = Accepted::of(&parts.headers)
        .form()
        .ok_or_else(|| Status::not_acceptable("application/json"))?;
    let payload = content::read(&parts.headers, verb, &resource, &body)?;
    if let (true, Payload::Object(review)) = (reviews::is_review(&target), &payload) {
        return reviews::answer(world, &caller, &target, review.clone());
    }
    if !resource.verbs.contains(&verb.as_str()) && target.subresource.is_none() {
        return Err(Status::method_not_allowed());
    }
    let presentation = Presentation::of(form, &resource, &options.include_object);
    warn(&resource, &mut told.notes);
    let operation = Operation {
        verb,
        target,
        options,
        payload,
        caller,
    };
    let answer = operation.carry_out(world, &mut told.notes).await?;
    Ok(presentation.present(world, answer))
}

/// Answers a path that names no object.
fn about_the_api(world: &World, parts: &Parts, registry: &Arc<Registry>) -> Result<Answer, Status> {
    match parts.method {
        Method::GET | Method::HEAD => {
            discovery::answer(world, registry, parts.uri.path(), &parts.headers)
        }
        _ => Err(Status::method_not_allowed()),
    }
}

/// Warns of a version that its definition would rather not have used.
fn warn(resource: &Resource, notes: &mut Notes) {
    if let Origin::Custom(version) = &resource.origin {
        notes.warnings.extend(version.deprecation.clone());
    }
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

// The API server's own limit on a request's body.
const MAX_BODY: usize = 3 << 20;
const MAX_PATH: usize = 512;
