//! The port: the issuer for everybody, a job's token endpoint, and the REST API for those it knows.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::header;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::answer::{Answer, set};
use super::call::Call;
use super::caller::Caller;
use super::error::GithubError;
use super::{id_token, issuer, rest};
use crate::chance;
use crate::events::{DecisionRecord, Event, bounded_user_agent};
use crate::faults::FaultKind;
use crate::listen::Peer;
use crate::world::World;

/// The routes.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().fallback(handle).with_state(world)
}

async fn handle(State(world): State<Arc<World>>, request: http::Request<Body>) -> Response {
    let request_id = chance::uuid(&*world.chance);
    let (parts, body) = request.into_parts();
    let caller = Caller::of(&world, &parts.headers);
    let name = caller.as_ref().ok().map(Caller::name);
    let quota = caller.as_ref().ok().map(|caller| Quota::of(&world, caller));
    let outcome = respond(&world, &parts, body, caller).await;
    let (mut response, error) = match outcome {
        Ok(answer) => (answer.response(), None),
        Err(error) => (error.response(), Some(error)),
    };
    let is_throttled = error
        .as_ref()
        .is_some_and(|error| error.message == THROTTLED);
    set(&mut response, "x-github-request-id", &request_id);
    set(
        &mut response,
        "x-github-media-type",
        "github.v3; format=json",
    );
    set(&mut response, "x-github-api-version-selected", API_VERSION);
    if let Some(quota) = quota {
        quota.tell(&mut response, is_throttled);
    }
    world.events.add(Event {
        time: world.now(),
        request_id,
        service: SERVICE,
        operation: operation(&parts),
        user_agent: parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(bounded_user_agent),
        caller: name,
        access_key_id: None,
        source_ip: parts
            .extensions
            .get::<Peer>()
            .map_or_else(String::new, |peer| peer.address.ip().to_string()),
        decisions: vec![decision(&parts, response.status().as_u16(), error.as_ref())],
        status: response.status().as_u16(),
        error: error.as_ref().map(GithubError::event),
    });
    response
}

/// Whether a path of GitHub's port is the issuer's or the API's, as faults are asked for.
pub(crate) fn service_of_path(path: &str) -> &'static str {
    let is_document =
        path.ends_with("/.well-known/openid-configuration") || path.ends_with("/.well-known/jwks");
    if is_document {
        "github-issuer"
    } else {
        SERVICE
    }
}

async fn respond(
    world: &Arc<World>,
    parts: &Parts,
    body: Body,
    caller: Result<Caller, GithubError>,
) -> Result<Answer, GithubError> {
    let segments = segments(parts.uri.path())?;
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let query = parts.uri.query().unwrap_or_default();
    if let Some(found) = issuer::answer(world, &path) {
        // So that clients of the issuer can be tested against one that is down.
        return match world.faults.take("github-issuer") {
            Some(_) => Err(GithubError::new(503, "Service Unavailable")),
            None => found,
        };
    }
    // Read before anything is refused: a client that is still sending would not see the answer.
    let body: Bytes = world.bodies.read(body, MAX_BODY).await?;
    if let Some(kind) = world.faults.take(SERVICE) {
        return Err(fault(kind));
    }
    if let ["idtoken", run, job] = path.as_slice() {
        return id_token::answer(world, (run, job), query, &parts.headers);
    }
    let call = Call::new(world, caller?, parts, query, body);
    rest::answer(&call, &path).await
}

/// The path's segments, decoded.
fn segments(path: &str) -> Result<Vec<String>, GithubError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.len() > MAX_PATH {
        return Err(GithubError::new(414, "URI Too Long"));
    }
    // An Enterprise Server has its API there, and clients that are told a host look there.
    let path = path.strip_prefix("api/v3/").unwrap_or(path);
    let decoded = path.split('/').map(|segment| {
        let decoded = percent_decode_str(segment).decode_utf8();
        decoded.map(std::borrow::Cow::into_owned)
    });
    decoded
        .collect::<Result<_, _>>()
        .map_err(|_| GithubError::not_found())
}

fn fault(kind: FaultKind) -> GithubError {
    match kind {
        FaultKind::InternalFailure => GithubError::new(500, "Server Error"),
        FaultKind::Throttle => GithubError::new(403, THROTTLED),
        FaultKind::Unavailable => GithubError::new(503, "Service Unavailable"),
    }
}

/// `GET /repos/{owner}/{repo}/contents/{path}`: names are left out, so that operations can be counted.
fn operation(parts: &Parts) -> String {
    let path = parts.uri.path().trim_start_matches('/');
    let path = path.strip_prefix("api/v3/").unwrap_or(path);
    let mut told = vec![parts.method.as_str().to_owned() + " "];
    let mut before = "";
    for (at, segment) in path.split('/').enumerate() {
        let of_repository = path.starts_with("repos/") && (at == 1 || at == 2);
        let is_word = WORDS.contains(&segment) && !of_repository;
        if !is_word && PATHS.contains(&before) {
            told.push("{path}".to_owned());
            break;
        }
        told.push(if is_word { segment } else { "{name}" }.to_owned());
        before = segment;
    }
    told.join("/")
}

/// What the path named, for the event log: no more of it is kept than any honest one has.
fn decision(parts: &Parts, status: u16, error: Option<&GithubError>) -> DecisionRecord {
    let is_refused = matches!(status, 401 | 403 | 404);
    DecisionRecord {
        action: parts.method.to_string(),
        resource: parts.uri.path().chars().take(512).collect(),
        decision: if is_refused { "ImplicitDeny" } else { "Allow" },
        summary: error.map_or_else(String::new, |error| error.message.clone()),
        explanation: serde_json::json!([]),
    }
}

/// What the headers tell of a caller's quota (GitHub Docs, "Rate limits for the REST API").
///
/// The lab counts and tells, but never refuses by it: a quota that is used up is asked for as a fault.
struct Quota {
    limit: u64,
    used: u64,
    reset: i64,
}

impl Quota {
    fn of(world: &World, caller: &Caller) -> Self {
        let quota = world.github.count(&caller.name(), world.now());
        Self {
            limit: caller.quota(),
            used: quota.used.min(caller.quota().saturating_sub(1)),
            reset: quota.reset,
        }
    }

    fn tell(&self, response: &mut Response, is_throttled: bool) {
        let used = if is_throttled { self.limit } else { self.used };
        let left = self.limit.saturating_sub(used);
        for (name, value) in [
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", self.reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ] {
            set(response, name, &value);
        }
        if is_throttled {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, http::HeaderValue::from_static("1"));
        }
    }
}

const SERVICE: &str = "github";
const THROTTLED: &str = "API rate limit exceeded";
const API_VERSION: &str = "2022-11-28";
// A file of a mebibyte, in base64, is 1.4 MiB; GitHub's own API takes files of up to 100 MB.
const MAX_BODY: usize = 8 << 20;
const MAX_PATH: usize = 4096;

/// Segments that are words of the API, not names.
const WORDS: &[&str] = &[
    "",
    ".well-known",
    "actions",
    "blobs",
    "branches",
    "commits",
    "contents",
    "customization",
    "enterprises",
    "environments",
    "files",
    "git",
    "idtoken",
    "installation",
    "issuer",
    "jwks",
    "matching-refs",
    "merge",
    "oidc",
    "openid-configuration",
    "organization-secrets",
    "organization-variables",
    "orgs",
    "public-key",
    "pulls",
    "rate_limit",
    "ref",
    "refs",
    "repos",
    "repositories",
    "secrets",
    "sub",
    "trees",
    "user",
    "users",
    "variables",
    "workflows",
];
/// Words that a whole path follows.
const PATHS: &[&str] = &[
    "branches",
    "commits",
    "contents",
    "matching-refs",
    "ref",
    "refs",
    "trees",
];
