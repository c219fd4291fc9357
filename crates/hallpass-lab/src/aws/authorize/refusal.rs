//! AWS's words for a refusal.
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages".

use hallpass_iam::{Decision, Layer, Outcome};

use super::wanted::Wanted;
use crate::aws::caller::Caller;
use crate::aws::error::ApiError;

/// The error of a decision that is not `Allow`; the event log's sentence goes with it.
pub(super) fn refusal(caller: &Caller, wanted: &Wanted<'_>, decision: &Decision) -> ApiError {
    let (status, code) = if wanted.action.starts_with("ecr:") {
        (400, "AccessDeniedException")
    } else {
        (403, "AccessDenied")
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
    let policy = match layer {
        // AWS counts a role's trust policy among the resource-based ones.
        Layer::Trust => Layer::Resource.as_str(),
        Layer::Boundary
        | Layer::Identity
        | Layer::Resource
        | Layer::ResourceControl
        | Layer::ServiceControl
        | Layer::Session => layer.as_str(),
    };
    match outcome {
        Outcome::ExplicitDeny => {
            let article = if layer == Layer::Identity { "an" } else { "a" };
            format!("with an explicit deny in {article} {policy}")
        }
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
        let says = |outcome, layer| reason("iam:ListUsers", outcome, layer);
        assert_eq!(
            says(Outcome::ImplicitDeny, Layer::Boundary),
            "because no permissions boundary allows the iam:ListUsers action"
        );
        assert_eq!(
            says(Outcome::ExplicitDeny, Layer::Identity),
            "with an explicit deny in an identity-based policy"
        );
        assert_eq!(
            says(Outcome::ExplicitDeny, Layer::Session),
            "with an explicit deny in a session policy"
        );
    }
}
