//! `trust/unmapped-claim`: a claim that AWS makes no condition key of.
//!
//! Source: Service Authorization Reference, condition keys of STS; IAM User Guide, "IAM and AWS STS
//! condition context keys", available keys for AWS OIDC federation.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, shown};
use super::wrong_issuer_in_condition::effect;
use crate::trust::{ClaimCondition, Family, Provider};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in &room.statements {
        for claim in &statement.claims {
            let provider = claim
                .provider
                .and_then(|index| statement.providers.get(index));
            let Some(provider) = provider.filter(|provider| !provider.offers(claim.claim)) else {
                continue;
            };
            findings.push(Finding {
                code: Code::known("trust/unmapped-claim"),
                severity: Severity::Error,
                confidence: Confidence::High,
                message: format!(
                    "AWS makes no condition key of this issuer's claim `{}`",
                    shown(claim.claim)
                ),
                primary: Label::new(claim.condition.span, "never there, whatever the token says"),
                related: Vec::new(),
                notes: vec![
                    effect(statement, claim).to_owned(),
                    format!("the keys of this issuer: {}", provider.offered().join(", ")),
                ],
                help: help(claim, provider),
            });
        }
    }
}

fn help(claim: &ClaimCondition<'_>, provider: &Provider<'_>) -> String {
    let name = claim.claim.to_ascii_lowercase();
    let key = |claim: &str| format!("`{}:{claim}`", provider.name);
    match (provider.family, name.as_str()) {
        (Family::GitHub | Family::GitHubServer, "repository_owner")
            if provider.offers("repository_owner_id") =>
        {
            format!("use {} with the owner's ID", key("repository_owner_id"))
        }
        (Family::GitHub | Family::GitHubServer, "workflow_ref")
            if provider.offers("job_workflow_ref") =>
        {
            format!("use {}", key("job_workflow_ref"))
        }
        (_, "iss") => "leave it out: the `Federated` principal is the issuer".to_owned(),
        (Family::GitHub | Family::GitHubServer, _) => format!(
            "have GitHub put `{}` into the subject (`include_claim_keys` of the repository's OIDC settings), and match {}",
            shown(claim.claim),
            key("sub")
        ),
        (Family::Kubernetes, _) => format!(
            "name the service account in {}: `system:serviceaccount:NAMESPACE:NAME`",
            key("sub")
        ),
        (Family::Application, _) => format!("use {}", key("aud")),
        (
            Family::Buildkite
            | Family::CircleCi
            | Family::GitLab
            | Family::Other
            | Family::Terraform,
            _,
        ) => {
            format!("use {}", key("sub"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::json;

    fn github(operator: &str, claim: &str, value: &str) -> String {
        let mut condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod",
        } });
        condition[operator][format!("{GITHUB}:{claim}")] = json!(value);
        findings(GITHUB, &condition)
    }

    #[test]
    fn a_condition_on_what_aws_does_not_see() {
        insta::assert_snapshot!(github("StringEquals", "event_name", "push"), @r#"
    error[trust/unmapped-claim] (high): AWS makes no condition key of this issuer's claim `event_name`
      at "token.actions.githubusercontent.com:event_name" never there, whatever the token says
    note: the condition is never met: the statement lets nobody in
    note: the keys of this issuer: actor, actor_id, amr, aud, email, enterprise_id, environment, job_workflow_ref, oaud, ref, repository, repository_id, repository_owner_id, sub, workflow
    help: have GitHub put `event_name` into the subject (`include_claim_keys` of the repository's OIDC settings), and match `token.actions.githubusercontent.com:sub`
    "#);
        insta::assert_snapshot!(github("StringNotEquals", "repository_owner", "acme"), @r#"
    error[trust/unmapped-claim] (high): AWS makes no condition key of this issuer's claim `repository_owner`
      at "token.actions.githubusercontent.com:repository_owner" never there, whatever the token says
    note: the condition is always met: it keeps nobody out
    note: the keys of this issuer: actor, actor_id, amr, aud, email, enterprise_id, environment, job_workflow_ref, oaud, ref, repository, repository_id, repository_owner_id, sub, workflow
    help: use `token.actions.githubusercontent.com:repository_owner_id` with the owner's ID
    "#);
        let condition = json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
            format!("{CLUSTER}:kubernetes.io/namespace"): "ci",
        } });
        insta::assert_snapshot!(findings(CLUSTER, &condition), @r#"
    error[trust/unmapped-claim] (high): AWS makes no condition key of this issuer's claim `kubernetes.io/namespace`
      at "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:kubernetes.io/namespace" never there, whatever the token says
    note: the condition is never met: the statement lets nobody in
    note: the keys of this issuer: amr, aud, email, oaud, sub
    help: name the service account in `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub`: `system:serviceaccount:NAMESPACE:NAME`
    "#);
    }

    #[test]
    fn a_claim_that_aws_sees_is_silent() {
        assert_eq!(github("StringEquals", "repository_owner_id", "1"), "");
        assert_eq!(github("StringEquals", "Repository_Owner_ID", "1"), "");
    }
}
