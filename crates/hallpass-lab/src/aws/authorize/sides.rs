//! What the organisation says of the two sides of a request: of the caller, and of the resource.
//!
//! Source: AWS Organizations User Guide, "SCP evaluation", "RCP evaluation", and "Resource control
//! policies", the list of services that support them; IAM User Guide, "AWS global condition context
//! keys".

use std::sync::Arc;

use hallpass_iam::{Context, Policy, PolicySet};
use hallpass_types::AccountId;

use crate::store::{AccountControls, State};
use crate::world::World;

/// The two sides; each absent where it stands in no organisation.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    caller: Option<Arc<AccountControls>>,
    resource: Option<Arc<AccountControls>>,
}

impl Sides {
    /// The sides of a request of `caller` to what `resource` owns. A web identity has no account.
    pub(crate) fn of(world: &World, caller: Option<AccountId>, resource: AccountId) -> Self {
        world.store.read(|state| Self {
            caller: caller.and_then(|account| controls(state, account)),
            resource: controls(state, resource),
        })
    }

    /// Adds the keys that tell where in an organisation the sides stand.
    pub(super) fn add_keys(&self, context: &mut Context) {
        if let Some(side) = &self.caller {
            context.insert_one("aws:PrincipalOrgID", side.organization.as_str());
            context.insert_one("aws:PrincipalOrgPaths", side.path.as_str());
        }
        if let Some(side) = &self.resource {
            context.insert_one("aws:ResourceOrgID", side.organization.as_str());
            context.insert_one("aws:ResourceOrgPaths", side.path.as_str());
        }
    }

    /// Adds the organisation's policies: the caller's account's on principals, the resource's account's
    /// on resources. An action without a resource is its caller's, as the account of the request says.
    pub(super) fn bind<'a>(&'a self, set: &mut PolicySet<'a>, action: &str) {
        if let Some(side) = &self.caller {
            set.service_control = levels(&side.service);
        }
        if let Some(side) = &self.resource
            && supports_resource_control(action)
        {
            set.resource_control = levels(&side.resource);
        }
    }
}

fn controls(state: &State, account: AccountId) -> Option<Arc<AccountControls>> {
    let controls = state.organization().controls();
    controls.account(account.as_str()).cloned()
}

fn levels(levels: &[Vec<Policy>]) -> Vec<Vec<&Policy>> {
    levels.iter().map(|level| level.iter().collect()).collect()
}

/// Whether the action's service has its resources bound by resource control policies: of the lab's
/// services, ECR (since June 2025) and STS have.
fn supports_resource_control(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    RESOURCE_CONTROLLED
        .iter()
        .any(|known| known.eq_ignore_ascii_case(service))
}

/// The prefixes that a resource control policy may name, of services that the lab knows of.
pub(crate) const RESOURCE_CONTROLLED: &[&str] = &[
    "aoss",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sqs",
    "sts",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_ecr_and_sts_are_bound_and_those_of_iam_are_not() {
        for (action, is_bound) in [
            ("ecr:PutImage", true),
            ("sts:AssumeRole", true),
            ("STS:AssumeRole", true),
            ("iam:GetRole", false),
            ("eks:DescribeCluster", false),
            ("organizations:ListRoots", false),
            ("", false),
        ] {
            assert_eq!(supports_resource_control(action), is_bound, "{action}");
        }
    }
}
