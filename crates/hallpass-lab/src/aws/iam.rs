//! Identity and Access Management.

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::front::unknown_operation;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    Err(unknown_operation(&call.operation, Some("2010-05-08")))
}
