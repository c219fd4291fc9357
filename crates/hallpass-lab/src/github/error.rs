//! GitHub's errors, in the shape in which its REST API gives them.
//!
//! Source: GitHub Docs, "Troubleshooting the REST API" (404 for what a caller may not see; 422 with
//! `errors`); texts as the service gives them.

use axum::response::Response;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::aws::error::ApiError;
use crate::events::EventError;
use crate::store::StoreFailed;

/// An error as it goes out, with what the lab knows besides.
#[derive(Clone, Debug)]
pub(super) struct GithubError {
    /// The HTTP status.
    pub(super) status: u16,
    /// What went wrong.
    pub(super) message: String,
    errors: Vec<Value>,
    detail: Option<String>,
}

impl GithubError {
    /// An error of any status.
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
            detail: None,
        }
    }

    /// Adds what only the event log tells.
    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// There is no such thing, or none that the caller may see.
    pub(super) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// The token of a job may not do that.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "Resource not accessible by integration").with_detail(detail)
    }

    /// The body is no JSON object.
    pub(super) fn unreadable() -> Self {
        Self::new(400, "Problems parsing JSON")
    }

    /// A field of the request has a value that it cannot have.
    pub(super) fn invalid(resource: &str, field: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(422, "Validation Failed");
        error.errors.push(json!({
            "resource": resource,
            "code": "custom",
            "field": field,
            "message": message.into(),
        }));
        error
    }

    /// A field is missing.
    pub(super) fn missing(resource: &str, field: &str) -> Self {
        let mut error = Self::new(422, "Validation Failed");
        error.errors.push(json!({
            "resource": resource,
            "code": "missing_field",
            "field": field,
        }));
        error
    }

    /// The HTTP response.
    pub(super) fn response(&self) -> Response {
        let mut body = json!({ "message": self.message });
        if let Some(fields) = body.as_object_mut() {
            if !self.errors.is_empty() {
                fields.insert("errors".to_owned(), json!(self.errors));
            }
            fields.insert("documentation_url".to_owned(), json!(DOCUMENTATION));
            fields.insert("status".to_owned(), json!(self.status.to_string()));
        }
        Answer::of(self.status, body).response()
    }

    /// The error as the event log keeps it.
    pub(super) fn event(&self) -> EventError {
        let told = self.errors.iter().filter_map(|error| {
            let field = error.get("field").and_then(Value::as_str)?;
            let message = error.get("message").and_then(Value::as_str);
            Some(format!("{field}: {}", message.unwrap_or("missing")))
        });
        let detail: Vec<String> = self.detail.iter().cloned().chain(told).collect();
        EventError {
            code: self.status.to_string(),
            message: self.message.clone(),
            detail: (!detail.is_empty()).then(|| detail.join("; ")),
        }
    }
}

impl From<StoreFailed> for GithubError {
    fn from(failed: StoreFailed) -> Self {
        Self::new(500, "Server Error").with_detail(failed.to_string())
    }
}

impl From<ApiError> for GithubError {
    fn from(error: ApiError) -> Self {
        Self::new(error.status, error.message)
    }
}

const DOCUMENTATION: &str = "https://docs.github.com/rest";
