//! `trust/audience-missing`: tokens made for somebody else pass.
//!
//! Source: IAM User Guide, "Create a role for OpenID Connect federation": condition on `aud`; the client IDs
//! that a provider lists, "Create an OpenID Connect (OIDC) identity provider in IAM".

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, witness};
use crate::intruder::Intrusion;
use crate::trust::{Family, Provider};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for (_, provider) in statement.oidc() {
            // A key of another issuer was meant as the condition: that is the fault.
            if statement.on("aud").any(|it| it.provider.is_none()) {
                continue;
            }
            let mut intruders = room.intruders_of(statement, provider);
            let Some(intruder) = intruders.find(|it| it.why == Intrusion::Audience) else {
                continue;
            };
            let is_pattern = intruder.span != statement.statement.span;
            let (message, primary) = if is_pattern {
                let message = "the audience is left open: a token made for somebody else passes";
                (
                    message,
                    Label::new(intruder.span, "matches other audiences"),
                )
            } else {
                let message = "no condition on the audience: a token made for somebody else passes";
                let label = Label::new(provider.text.span, "trusted for any audience");
                (message, label)
            };
            // A pool is told by its audience alone; elsewhere the provider's list of client IDs stands
            // before the trust policy.
            let severity = if provider.family == Family::Application {
                Severity::Error
            } else {
                Severity::Warning
            };
            findings.push(Finding {
                code: Code::known("trust/audience-missing"),
                severity,
                confidence: Confidence::High,
                message: message.to_owned(),
                primary,
                related: Vec::new(),
                notes: vec![witness(intruder)],
                help: help(provider),
            });
        }
    }
}

fn help(provider: &Provider<'_>) -> String {
    let audience = match provider.family {
        Family::Application => "IDENTITY-POOL-OR-APPLICATION-ID",
        Family::Buildkite
        | Family::CircleCi
        | Family::GitHub
        | Family::GitHubServer
        | Family::GitLab
        | Family::Kubernetes
        | Family::Other
        | Family::Terraform => super::audience_wrong::wanted(provider),
    };
    format!(
        "add to `Condition`: `\"StringEquals\": {{\"{}:aud\": \"{audience}\"}}`",
        provider.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::json;

    #[test]
    fn a_token_for_another_audience_passes() {
        let cluster = json!({ "StringEquals": {
            format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
        } });
        insta::assert_snapshot!(findings(CLUSTER, &cluster), @r#"
    warning[trust/audience-missing] (high): no condition on the audience: a token made for somebody else passes
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" trusted for any audience
    note: a token with sub `system:serviceaccount:ci:runner` and aud `https://elsewhere.example` passes, if the provider lists that client ID
    help: add to `Condition`: `"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:aud": "sts.amazonaws.com"}`
    "#);
        let open = json!({
            "StringEquals": { format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod" },
            "StringLike": { format!("{GITHUB}:aud"): "sts.*" },
        });
        insta::assert_snapshot!(findings(GITHUB, &open), @r#"
    warning[trust/audience-missing] (high): the audience is left open: a token made for somebody else passes
      at "sts.*" matches other audiences
    note: a token with sub `repo:acme@1/app@2:environment:prod` and aud `sts.evil` passes, if the provider lists that client ID
    help: add to `Condition`: `"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}`
    "#);
    }

    #[test]
    fn an_audience_in_full_is_silent() {
        let fixed = json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
        } });
        assert_eq!(findings(CLUSTER, &fixed), "");
    }
}
