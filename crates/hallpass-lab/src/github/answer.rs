//! Answers: JSON, raw content or nothing, and where the next page is.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

/// An answer in the making.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    body: Content,
    link: Option<String>,
}

#[derive(Debug)]
enum Content {
    Empty,
    Json(Value),
    Raw(Bytes),
}

impl Answer {
    /// JSON.
    pub(super) const fn of(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Content::Json(body),
            link: None,
        }
    }

    /// JSON that was asked for.
    pub(super) const fn ok(body: Value) -> Self {
        Self::of(200, body)
    }

    /// A change that has nothing to tell.
    pub(super) const fn no_content() -> Self {
        Self {
            status: 204,
            body: Content::Empty,
            link: None,
        }
    }

    /// The content of a file.
    pub(super) const fn raw(content: Bytes) -> Self {
        Self {
            status: 200,
            body: Content::Raw(content),
            link: None,
        }
    }

    /// Adds where the other pages are (RFC 8288).
    pub(super) fn with_link(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }

    /// The HTTP response.
    pub(super) fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match self.body {
            Content::Empty => status.into_response(),
            Content::Json(body) => {
                let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
                (status, kind, body.to_string()).into_response()
            }
            Content::Raw(content) => {
                let kind = [(
                    header::CONTENT_TYPE,
                    "application/vnd.github.raw+json; charset=utf-8",
                )];
                (status, kind, content).into_response()
            }
        };
        if let Some(link) = self.link {
            set(&mut response, "link", &link);
        }
        response
    }
}

/// Sets a header.
pub(super) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
