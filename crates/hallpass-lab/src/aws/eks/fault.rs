//! EKS's exceptions, in its own words.
//!
//! Source: Amazon EKS API Reference, errors of each action; messages as clients quote them.

use crate::aws::error::ApiError;

pub(super) fn no_cluster(name: &str) -> ApiError {
    not_found(format!("No cluster found for name: {name}."))
}

pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", message)
}

pub(super) fn in_use(message: impl Into<String>) -> ApiError {
    ApiError::new(409, "ResourceInUseException", message)
}

pub(super) fn parameter(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterException", message)
}

pub(super) fn limit(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "ResourceLimitExceededException", message)
}
