//! Elastic Container Registry: repositories, images, layers, logins.

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    Err(ApiError::new(
        400,
        "UnknownOperationException",
        call.operation.clone(),
    ))
}
