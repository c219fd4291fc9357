//! Answers on the wire: JSON, and what the API server puts beside it.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
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
    /// A document that clients keep.
    Document {
        content_type: &'static str,
        body: Bytes,
        etag: String,
    },
    /// A list of objects.
    Listed(Listing),
    /// The client has that document already.
    NotModified(String),
    /// A body that comes bit by bit.
    Streaming(Body),
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
            Self::Document {
                content_type,
                body,
                etag,
            } => {
                let mut response = Response::new(Body::from(body));
                set_content_type(&mut response, content_type);
                set_etag(&mut response, &etag);
                response
            }
            Self::NotModified(etag) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                set_etag(&mut response, &etag);
                response
            }
            Self::Listed(listing) => stream(listing.into_body()),
            Self::Streaming(body) => stream(body),
            Self::Watching(watcher) => stream(watcher.into_body()),
            Self::Text(word) => {
                let mut response = Response::new(Body::from(word));
                set_content_type(&mut response, "text/plain; charset=utf-8");
                response
            }
        }
    }
}

/// The tag of a document: the same for the same content.
pub(super) fn etag(content: &[u8]) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    format!("\"{}\"", hex::encode_upper(hash))
}

/// Adds what the client is warned of (RFC 9111 section 5.5; kubectl prints it).
pub(super) fn add_warnings(response: &mut Response, warnings: &[String]) {
    let mut left = MAX_WARNINGS;
    for warning in warnings {
        let said: String = warning
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(MAX_WARNING)
            .collect();
        let Some(rest) = left.checked_sub(said.len()) else {
            return;
        };
        left = rest;
        let said = said.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{said}\"")) {
            response.headers_mut().append(http::header::WARNING, value);
        }
    }
}

fn set_etag(response: &mut Response, etag: &str) {
    if let Ok(value) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(http::header::ETAG, value);
    }
    response.headers_mut().insert(
        http::header::CACHE_CONTROL,
        HeaderValue::from_static("public, must-revalidate"),
    );
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

fn stream(body: Body) -> Response {
    let mut response = Response::new(body);
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

// The API server's own bounds on what it warns of.
const MAX_WARNINGS: usize = 4096;
const MAX_WARNING: usize = 256;
