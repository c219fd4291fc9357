//! Answers on the wire: JSON, and what the API server puts beside it.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::listing::Listing;
use super::status::Status;
use super::watch::Watcher;

/// What a request answers when it succeeds.
#[derive(Debug)]
pub(super) enum Answer {
    /// An object was made.
    Created(Value),
    /// An object, a list, a `Status`.
    Found(Value),
    /// A list of objects.
    Listed(Listing),
    /// A word.
    Text(&'static str),
    /// A watch that has begun.
    Watching(Box<Watcher>),
}

impl Answer {
    /// The HTTP response.
    pub(super) fn into_response(self) -> Response {
        match self {
            Self::Created(body) => json(201, &body),
            Self::Found(body) => json(200, &body),
            Self::Listed(listing) => {
                let mut response = Response::new(listing.into_body());
                set_content_type(&mut response, "application/json");
                uncached(&mut response);
                response
            }
            Self::Watching(watcher) => {
                let mut response = Response::new(watcher.into_body());
                set_content_type(&mut response, "application/json");
                uncached(&mut response);
                response
            }
            Self::Text(word) => {
                let mut response = Response::new(Body::from(word));
                set_content_type(&mut response, "text/plain; charset=utf-8");
                response
            }
        }
    }
}

/// A response of a refusal.
pub(super) fn refusal(status: &Status) -> Response {
    let mut response = json(status.code, &status.to_json());
    if matches!(status.code, 429 | 503) {
        response
            .headers_mut()
            .insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A JSON response.
pub(super) fn json(code: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set_content_type(&mut response, "application/json");
    uncached(&mut response);
    response
}

fn uncached(response: &mut Response) {
    response.headers_mut().insert(
        http::header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
}

/// Gives the response another content type.
pub(super) fn set_content_type(response: &mut Response, content_type: &'static str) {
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static(content_type),
    );
}
