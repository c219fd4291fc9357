//! One request of the registry: where it leads, who sent it, what became of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hallpass_types::AccountId;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use hyper::body::Body as _;
use serde_json::Value;

use super::answer::respond;
use super::error::RegistryError;
use super::route::{NoRoute, Route};
use super::{blobs, download, login, manifests, referrers, tags, uploads};
use crate::aws::body;
use crate::aws::call::{Call, Input};
use crate::aws::cloudtrail::Entry;
use crate::aws::front::{Service, fault, header as header_text};
use crate::chance;
use crate::listen::Peer;
use crate::world::World;

/// The registry's routes, for whatever host they are asked of.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().fallback(move |request: http::Request<Body>| handle(Arc::clone(&world), request))
}

async fn handle(world: Arc<World>, request: http::Request<Body>) -> Response {
    let (parts, mut body) = request.into_parts();
    let route = Route::parse(parts.uri.path());
    let operation = route
        .as_ref()
        .map_or("Unknown", |route| route.operation(&parts.method));
    let request_id = chance::uuid(&*world.chance);
    let mut call = Call::new(
        world,
        request_id,
        Service::Ecr,
        operation.to_owned(),
        Input::Json(Value::Null),
    );
    call.now = call.world.now_of(SERVICE);
    call.peer = parts.extensions.get::<Peer>().copied();
    call.user_agent = header_text(&parts, "user-agent").map(str::to_owned);
    let outcome = answer(&mut call, route, &parts, &mut body).await;
    let is_read = read_on(&parts, body).await;
    finish(call, outcome, is_read)
}

async fn answer(
    call: &mut Call,
    route: Result<Route, NoRoute>,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    if let Some(kind) = call.world.faults.take(SERVICE) {
        return Err(fault(Service::Ecr, kind).into());
    }
    if route == Ok(Route::Download) {
        // The URL itself is the proof, as on AWS.
        return download::get(call, parts).await;
    }
    let named = named_registry(parts);
    if let Some(account) = named {
        call.enter(account);
    }
    let caller = login::caller(call, &parts.headers)?;
    call.admit(caller);
    // By the bare port, which names no registry, a login leads to its own account's.
    if let Some(account) = named {
        call.enter(account);
    }
    let route = route.map_err(|why| match why {
        NoRoute::Name => RegistryError::new(
            StatusCode::BAD_REQUEST,
            "NAME_INVALID",
            "the repository's name is none that ECR takes",
        ),
        NoRoute::Path => RegistryError::new(
            StatusCode::NOT_FOUND,
            "UNSUPPORTED",
            "there is nothing at this path",
        ),
    })?;
    lead(call, route, parts, body).await
}

/// The account whose registry the request names by its host, such as
/// `111122223333.dkr.ecr.us-west-2.amazonaws.com` or `111122223333.dkr-ecr.us-west-2.on.aws`.
fn named_registry(parts: &Parts) -> Option<AccountId> {
    let host = parts
        .uri
        .host()
        .or_else(|| header_text(parts, header::HOST.as_str()))?;
    let (account, rest) = host.split_once('.')?;
    rest.starts_with("dkr").then(|| account.parse().ok())?
}

async fn lead(
    call: &mut Call,
    route: Route,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    match (&parts.method, route) {
        (&Method::GET | &Method::HEAD, Route::Base) => Ok(respond(
            StatusCode::OK,
            [(header::CONTENT_TYPE, "application/json".to_owned())],
            "{}",
        )),
        (&Method::GET, Route::Catalog) => Err(RegistryError::new(
            StatusCode::FORBIDDEN,
            "DENIED",
            "ECR has no catalog: use DescribeRepositories",
        )),
        (&Method::HEAD, Route::Blob { name, digest }) => blobs::head(call, &name, &digest),
        (&Method::GET, Route::Blob { name, digest }) => {
            blobs::get(call, &name, &digest, parts).await
        }
        (&Method::POST, Route::Uploads { name }) => uploads::start(call, &name, parts, body).await,
        (&Method::GET | &Method::HEAD, Route::Upload { name, id }) => {
            uploads::status(call, &name, &id).await
        }
        (&Method::PATCH, Route::Upload { name, id }) => {
            uploads::patch(call, &name, &id, parts, body).await
        }
        (&Method::PUT, Route::Upload { name, id }) => {
            uploads::complete(call, &name, &id, parts, body).await
        }
        (&Method::DELETE, Route::Upload { name, id }) => uploads::cancel(call, &name, &id).await,
        (&Method::GET | &Method::HEAD, Route::Manifest { name, reference }) => {
            manifests::get(call, &name, &reference, parts)
        }
        (&Method::PUT, Route::Manifest { name, reference }) => {
            manifests::put(call, &name, &reference, parts, body).await
        }
        (&Method::DELETE, Route::Manifest { name, reference }) => {
            manifests::delete(call, &name, &reference).await
        }
        (&Method::GET | &Method::HEAD, Route::Tags { name }) => tags::list(call, &name, parts),
        (&Method::GET | &Method::HEAD, Route::Referrers { name, digest }) => {
            referrers::list(call, &name, &digest, parts)
        }
        _ => Err(RegistryError::unsupported()),
    }
}

/// Reads what is left of a body that was refused, so that the client comes to read why; whether the end
/// was met. A body too long for that costs the connection.
async fn read_on(parts: &Parts, mut body: Body) -> bool {
    if body.is_end_stream() {
        return true;
    }
    // Who asks first whether to send is not asked to.
    let is_short = body
        .size_hint()
        .upper()
        .is_none_or(|length| length <= MOST_DRAINED);
    if parts.headers.contains_key(header::EXPECT) || !is_short {
        return false;
    }
    let read = body::drain(&mut body, MOST_DRAINED, DRAIN_PATIENCE);
    tokio::time::timeout(DRAIN_PATIENCE, read)
        .await
        .unwrap_or(false)
}

/// Sends the answer, and logs the request.
fn finish(call: Call, outcome: Result<Response, RegistryError>, is_read: bool) -> Response {
    let (mut response, error) = match outcome {
        Ok(response) => (response, None),
        Err(error) => (error.response(), Some(error.into_event())),
    };
    let headers = response.headers_mut();
    if !is_read {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    if let Ok(id) = HeaderValue::from_str(&call.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    let told = error.as_ref();
    let told = told.map(|error| (error.code.as_str(), error.message.as_str()));
    call.world.trail.add(Entry::of_registry(&call, told));
    call.log(SERVICE, response.status().as_u16(), error);
    response
}

/// The registry's name in the event log and for faults.
const SERVICE: &str = "registry";
// More than any chunk that a client sends before it listens, and little beside a layer.
const MOST_DRAINED: u64 = 1 << 20;
const DRAIN_PATIENCE: Duration = Duration::from_millis(500);
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
