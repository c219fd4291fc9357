//! EKS's operations by their names.

use super::{access_entries, access_policies, addons, associations, changes, cluster, tags};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    let outcome = match call.operation.as_str() {
        "AssociateAccessPolicy" => access_policies::associate(call).await,
        "CreateAccessEntry" => access_entries::create(call).await,
        "CreatePodIdentityAssociation" => changes::create(call).await,
        "DeleteAccessEntry" => access_entries::delete(call).await,
        "DeletePodIdentityAssociation" => changes::delete(call).await,
        "DescribeAccessEntry" => access_entries::describe(call),
        "DescribeAddon" => addons::describe(call),
        "DescribeCluster" => cluster::describe(call),
        "DescribePodIdentityAssociation" => associations::describe(call),
        "DisassociateAccessPolicy" => access_policies::disassociate(call).await,
        "ListAccessEntries" => access_entries::list(call),
        "ListAccessPolicies" => access_policies::list_all(call),
        "ListAddons" => addons::list(call),
        "ListAssociatedAccessPolicies" => access_policies::list(call),
        "ListClusters" => cluster::list(call),
        "ListPodIdentityAssociations" => associations::list(call),
        "ListTagsForResource" => tags::list(call),
        "TagResource" => tags::tag(call).await,
        "UntagResource" => tags::untag(call).await,
        "UpdateAccessEntry" => access_entries::update(call).await,
        "UpdatePodIdentityAssociation" => changes::update(call).await,
        // The front has told the operation by this service's own table.
        _ => Err(ApiError::new(404, "UnknownOperationException", "")),
    };
    outcome.map_err(|mut error| {
        // EKS says of IAM's refusals (`iam:PassRole`) what it says of its own.
        if error.code == "AccessDenied" {
            error.code = "AccessDeniedException";
        }
        error
    })
}
