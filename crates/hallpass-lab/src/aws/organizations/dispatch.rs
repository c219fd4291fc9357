//! The operations of Organizations by their names.

use super::{
    accounts, attachments, children, close, create_account, organization, policies, policy_types,
    tags, units, unused,
};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    match call.operation.as_str() {
        "AttachPolicy" => attachments::attach(call).await,
        "CloseAccount" => close::close_account(call).await,
        "CreateAccount" => create_account::create_account(call).await,
        "CreateOrganization" => organization::create(call).await,
        "CreateOrganizationalUnit" => units::create(call).await,
        "CreatePolicy" => policies::create(call).await,
        "DeleteOrganization" => organization::delete(call).await,
        "DeleteOrganizationalUnit" => units::delete(call).await,
        "DeletePolicy" => policies::delete(call).await,
        "DescribeAccount" => accounts::describe(call),
        "DescribeCreateAccountStatus" => create_account::describe_status(call),
        "DescribeOrganization" => organization::describe(call),
        "DescribeOrganizationalUnit" => units::describe(call),
        "DescribePolicy" => policies::describe(call),
        "DetachPolicy" => attachments::detach(call).await,
        "DisablePolicyType" => policy_types::disable(call).await,
        "EnablePolicyType" => policy_types::enable(call).await,
        "ListAWSServiceAccessForOrganization" => unused::list_services(call),
        "ListAccounts" => accounts::list(call),
        "ListAccountsForParent" => accounts::list_for_parent(call),
        "ListChildren" => children::list_children(call),
        "ListCreateAccountStatus" => create_account::list_statuses(call),
        "ListDelegatedAdministrators" => unused::list_delegates(call),
        "ListHandshakesForOrganization" => unused::list_handshakes(call),
        "ListOrganizationalUnitsForParent" => units::list_for_parent(call),
        "ListParents" => children::list_parents(call),
        "ListPolicies" => policies::list(call),
        "ListPoliciesForTarget" => attachments::list_for_target(call),
        "ListRoots" => policy_types::list_roots(call),
        "ListTagsForResource" => tags::list(call),
        "ListTargetsForPolicy" => attachments::list_targets(call),
        "MoveAccount" => accounts::move_account(call).await,
        "TagResource" => tags::add(call).await,
        "UntagResource" => tags::remove(call).await,
        "UpdateOrganizationalUnit" => units::update(call).await,
        "UpdatePolicy" => policies::update(call).await,
        // AWS answers an operation that a JSON service does not have with the code alone.
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}
