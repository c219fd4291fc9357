//! AWS's errors: code, message and HTTP status, as each service writes them.

use crate::store::StoreFailed;

/// An error as it goes out, with what the lab knows besides.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: u16,
    /// AWS's code, such as `NoSuchEntity`.
    pub(crate) code: &'static str,
    /// The message on the wire.
    pub(crate) message: String,
    /// What only the event log tells.
    pub(crate) detail: Option<String>,
    /// The code within the code, where a service has such.
    pub(crate) reason: Option<&'static str>,
}

impl ApiError {
    /// An error of any code.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
            reason: None,
        }
    }

    /// Adds what only the event log tells.
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the code within the code.
    pub(crate) const fn with_reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// A parameter breaks a constraint of the API.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// A required parameter is absent.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::validation(format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            lower_first(parameter)
        ))
    }

    /// An IAM entity is not there.
    pub(crate) fn no_such_entity(message: impl Into<String>) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    /// An IAM entity is there already.
    pub(crate) fn entity_already_exists(message: impl Into<String>) -> Self {
        Self::new(409, "EntityAlreadyExists", message)
    }

    /// An IAM quota is reached.
    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    /// An IAM entity still has what must go first.
    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "DeleteConflict", message)
    }

    /// A policy document that IAM or STS refuses.
    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedPolicyDocument", message)
    }

    /// The caller may not do this.
    pub(crate) fn access_denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// The body could not be read.
    pub(crate) fn malformed_body(message: &str) -> Self {
        Self::new(400, "MalformedInput", message)
    }

    /// The body is larger than the API takes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            413,
            "RequestEntityTooLarge",
            format!("the request body exceeds {limit} bytes"),
        )
    }

    /// The body did not come in time.
    pub(crate) fn request_timeout() -> Self {
        Self::new(
            408,
            "RequestTimeout",
            "the request body was not received in time",
        )
    }

    /// The lab is at its limits.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            503,
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server.",
        )
    }

    /// The lab could not do it.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        )
        .with_detail(detail)
    }
}

impl From<StoreFailed> for ApiError {
    fn from(error: StoreFailed) -> Self {
        Self::internal(error.to_string())
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(characters)
        .collect()
}
