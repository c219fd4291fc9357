//! Identity and Access Management.

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::front::unknown_operation;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    Err(unknown_operation(&call.operation, Some("2010-05-08")))
}

/// AWS's managed policies that the lab knows, such as `AdministratorAccess`.
pub(crate) fn aws_managed(
    _partition: hallpass_types::Partition,
    _now: hallpass_types::Timestamp,
) -> Vec<crate::store::records::ManagedPolicy> {
    unimplemented!()
}
