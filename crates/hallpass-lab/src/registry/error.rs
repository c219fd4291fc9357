//! The registry's errors: ECR's own, in the shape and with the codes of the OCI specification.
//!
//! Source: OCI Distribution Specification 1.1, "Error codes"; texts as ECR gives them to docker.

use axum::response::Response;
use http::{HeaderName, StatusCode, header};
use serde_json::json;

use super::answer::respond;
use super::storage::NoUpload;
use crate::aws::ecr::fault;
use crate::aws::error::ApiError;
use crate::events::EventError;

/// An error as it goes out, with what the lab knows besides.
#[derive(Clone, Debug)]
pub(super) struct RegistryError {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

impl RegistryError {
    /// An error of any code.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
            headers: Vec::new(),
        }
    }

    /// Adds what only the event log tells.
    pub(super) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a header.
    pub(super) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The repository has no such blob.
    pub(super) fn blob_unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "BLOB_UNKNOWN",
            "blob unknown to registry",
        )
    }

    /// A digest of another form, or of other bytes.
    pub(super) fn digest_invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    /// The repository has no such manifest.
    pub(super) fn manifest_unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "MANIFEST_UNKNOWN",
            "Requested image not found",
        )
    }

    /// There is no such thing at that path, or not with that method.
    pub(super) fn unsupported() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "UNSUPPORTED",
            "The operation is unsupported.",
        )
    }

    /// The HTTP response.
    pub(super) fn response(&self) -> Response {
        let body = json!({ "errors": [{ "code": self.code, "message": self.message }] });
        let mut headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        headers.extend(self.headers.iter().cloned());
        respond(self.status, headers, body.to_string())
    }

    /// The error as the event log keeps it.
    pub(super) fn into_event(self) -> EventError {
        EventError {
            code: self.code.to_owned(),
            message: self.message,
            detail: self.detail,
        }
    }
}

impl From<ApiError> for RegistryError {
    fn from(error: ApiError) -> Self {
        let (status, code) = match error.code {
            "AccessDeniedException" => (StatusCode::FORBIDDEN, "DENIED"),
            "EmptyUploadException" => (StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID"),
            "ImageDigestDoesNotMatchException" | "InvalidLayerException" => {
                (StatusCode::BAD_REQUEST, "DIGEST_INVALID")
            }
            "ImageNotFoundException" => (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN"),
            "ImageTagAlreadyExistsException" => (StatusCode::BAD_REQUEST, "TAG_INVALID"),
            "InvalidLayerPartException" => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID")
            }
            "InvalidParameterException" => (StatusCode::BAD_REQUEST, "MANIFEST_INVALID"),
            "LayersNotFoundException" | "ReferencedImagesNotFoundException" => {
                (StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN")
            }
            "LimitExceededException" | "ThrottlingException" => {
                (StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS")
            }
            "RepositoryNotFoundException" => (StatusCode::NOT_FOUND, "NAME_UNKNOWN"),
            "RequestEntityTooLarge" => (StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID"),
            "ServiceUnavailable" => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            "UploadNotFoundException" => (StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN"),
            _ => (
                StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                "UNKNOWN",
            ),
        };
        Self {
            status,
            code,
            message: error.message,
            detail: error.detail,
            headers: Vec::new(),
        }
    }
}

impl NoUpload {
    /// ECR's error for it.
    pub(crate) fn into_error(self, id: &str) -> ApiError {
        match self {
            Self::Busy => {
                ApiError::unavailable().with_detail("another request works on the upload")
            }
            Self::TooMany => fault::limit("There are too many uploads in progress."),
            Self::Unknown => fault::upload_not_found(id),
            Self::Unwritable(error) => ApiError::internal(error.to_string()),
        }
    }
}
