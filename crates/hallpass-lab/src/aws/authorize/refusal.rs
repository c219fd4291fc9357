//! AWS's words for a refusal.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages".

use hallpass_iam::{Decision, Layer, Outcome};

use super::wanted::Wanted;
use crate::aws::caller::Caller;
use crate::aws::error::ApiError;

/// What `AssumeRole` says: of the organisation's policies the kind, of all others nothing.
pub(super) fn assume_role_refusal(
    caller: &Caller,
    wanted: &Wanted<'_>,
    decision: &Decision,
) -> ApiError {
    let why = match decision.layer() {
        Layer::ResourceControl | Layer::ServiceControl => {
            let why = reason(wanted.action, decision.outcome(), decision.layer());
            format!(" {why}")
        }
        Layer::Boundary | Layer::Identity | Layer::Resource | Layer::Session | Layer::Trust => {
            String::new()
        }
    };
    ApiError::access_denied(format!(
        "User: {} is not authorized to perform: {} on resource: {}{why}",
        caller.arn(),
        wanted.action,
        wanted.resource
    ))
    .with_detail(decision.summary())
}

/// The error of a decision that is not `Allow`; the event log's sentence goes with it.
pub(super) fn refusal(caller: &Caller, wanted: &Wanted<'_>, decision: &Decision) -> ApiError {
    let service = wanted.action.split(':').next().unwrap_or_default();
    let (status, code) = match service {
        "cloudtrail" | "ecr" | "organizations" => (400, "AccessDeniedException"),
        "eks" | "eks-auth" => (403, "AccessDeniedException"),
        _ => (403, "AccessDenied"),
    };
    let why = reason(wanted.action, decision.outcome(), decision.layer());
    ApiError::new(
        status,
        code,
        format!(
            "User: {} is not authorized to perform: {} on resource: {} {why}",
            caller.arn(),
            wanted.action,
            wanted.resource
        ),
    )
    .with_detail(decision.summary())
}

fn reason(action: &str, outcome: Outcome, layer: Layer) -> String {
    let (article, policy) = match layer {
        Layer::Identity => ("an", layer.as_str()),
        Layer::Trust => ("the", "role trust policy"),
        Layer::Boundary
        | Layer::Resource
        | Layer::ResourceControl
        | Layer::ServiceControl
        | Layer::Session => ("a", layer.as_str()),
    };
    match outcome {
        Outcome::ExplicitDeny => format!("with an explicit deny in {article} {policy}"),
        Outcome::Allow | Outcome::ImplicitDeny => {
            format!("because no {policy} allows the {action} action")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_kind_of_policy_as_aws_does() {
        for (layer, none, deny) in [
            (
                Layer::Boundary,
                "because no permissions boundary allows the iam:ListUsers action",
                "with an explicit deny in a permissions boundary",
            ),
            (
                Layer::Identity,
                "because no identity-based policy allows the iam:ListUsers action",
                "with an explicit deny in an identity-based policy",
            ),
            (
                Layer::Resource,
                "because no resource-based policy allows the iam:ListUsers action",
                "with an explicit deny in a resource-based policy",
            ),
            (
                Layer::ResourceControl,
                "because no resource control policy allows the iam:ListUsers action",
                "with an explicit deny in a resource control policy",
            ),
            (
                Layer::ServiceControl,
                "because no service control policy allows the iam:ListUsers action",
                "with an explicit deny in a service control policy",
            ),
            (
                Layer::Session,
                "because no session policy allows the iam:ListUsers action",
                "with an explicit deny in a session policy",
            ),
            (
                Layer::Trust,
                "because no role trust policy allows the iam:ListUsers action",
                "with an explicit deny in the role trust policy",
            ),
        ] {
            let says = |outcome| reason("iam:ListUsers", outcome, layer);
            assert_eq!(says(Outcome::ImplicitDeny), none);
            assert_eq!(says(Outcome::ExplicitDeny), deny);
        }
    }
}
