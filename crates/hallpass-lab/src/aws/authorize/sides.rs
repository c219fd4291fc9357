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
    use hallpass_iam::{Caller, Outcome, PolicyKind, Request, explain};

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

    fn side(denies: bool) -> Arc<AccountControls> {
        let statement = |effect: &str, principal: &str| {
            format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", {principal}"Action": "*", "Resource": "*"}}}}"#
            )
        };
        let level = |kind, principal| {
            let allow = Policy::parse("all", kind, &statement("Allow", principal)).unwrap();
            let deny = Policy::parse("deny", kind, &statement("Deny", principal)).unwrap();
            if denies {
                vec![allow, deny]
            } else {
                vec![allow]
            }
        };
        Arc::new(AccountControls {
            organization: "o-aaaaaaaaaa".to_owned(),
            path: "o-aaaaaaaaaa/r-aaaa/".to_owned(),
            is_suspended: false,
            service: vec![level(PolicyKind::ServiceControl, "")],
            resource: vec![level(PolicyKind::ResourceControl, r#""Principal": "*", "#)],
        })
    }

    const fn session(role_arn: &str) -> Caller<'_> {
        Caller::RoleSession {
            session_arn: "arn:aws:sts::222233334444:assumed-role/r/s",
            role_arn,
        }
    }

    /// Who calls, and whether service and resource control policies bind it.
    const CALLERS: &[(Caller<'_>, bool, bool)] = &[
        (
            Caller::User {
                arn: "arn:aws:iam::222233334444:user/a",
            },
            true,
            true,
        ),
        (
            Caller::AccountRoot {
                account: "222233334444",
            },
            true,
            true,
        ),
        (session("arn:aws:iam::222233334444:role/r"), true, true),
        (session(LINKED), false, false),
        (Caller::Federated { provider: "p" }, false, true),
        (
            Caller::Service {
                name: "pods.eks.amazonaws.com",
            },
            false,
            true,
        ),
        (Caller::Anonymous, false, true),
    ];
    const LINKED: &str = "arn:aws:iam::222233334444:role/aws-service-role/x/r";

    /// Each kind of caller, each side denying or not or of no organisation, a service that is bound and
    /// one that is not: who is bound by what.
    #[test]
    fn each_side_is_bound_by_its_own_accounts_policies() {
        let everything = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
        let open = Policy::parse("open", PolicyKind::Resource, everything).unwrap();
        let own = everything.replace(r#""Principal": "*", "#, "");
        let own = Policy::parse("own", PolicyKind::Identity, &own).unwrap();
        let context = Context::new();
        for &(caller, service_binds, resource_binds) in CALLERS {
            for (of_caller, of_resource) in (0..9).map(|n| (n / 3, n % 3)) {
                for (action, is_supported) in [("ecr:PutImage", true), ("iam:GetRole", false)] {
                    let sides = Sides {
                        caller: (of_caller > 0).then(|| side(of_caller > 1)),
                        resource: (of_resource > 0).then(|| side(of_resource > 1)),
                    };
                    let request = Request {
                        caller,
                        action,
                        resource: "arn:aws:ecr:us-west-2:333344445555:repository/r",
                        resource_account: Some("333344445555"),
                        context: &context,
                    };
                    let mut set = PolicySet {
                        identity: vec![&own],
                        resource: Some(&open),
                        ..PolicySet::default()
                    };
                    sides.bind(&mut set, action);
                    let is_denied = (of_caller > 1 && service_binds)
                        || (of_resource > 1 && resource_binds && is_supported);
                    let wanted = if is_denied {
                        Outcome::ExplicitDeny
                    } else {
                        Outcome::Allow
                    };
                    let got = explain(&request, &set).outcome();
                    assert_eq!(got, wanted, "{caller:?} {of_caller} {of_resource} {action}");
                }
            }
        }
    }

    #[test]
    fn keys_tell_where_each_side_stands() {
        let mut context = Context::new();
        Sides {
            caller: None,
            resource: Some(side(false)),
        }
        .add_keys(&mut context);
        assert_eq!(context.get("aws:PrincipalOrgID"), None);
        let paths = context.get("aws:ResourceOrgPaths");
        assert_eq!(paths, Some(&["o-aaaaaaaaaa/r-aaaa/".to_owned()][..]));
    }
}
