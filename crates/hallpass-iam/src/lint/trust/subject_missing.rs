//! `trust/subject-missing`: tokens of any subject pass.
//!
//! Source: IAM User Guide, "Create a role for OpenID Connect federation"; GitHub Docs, "Configuring
//! `OpenID` Connect in Amazon Web Services" ("you must define at least one condition").

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, witness};
use crate::intruder::{Intruder, Intrusion};
use crate::trust::{Family, Provider};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        // A key of another issuer was meant as the condition: that is the fault.
        if statement.on("sub").any(|it| it.provider.is_none()) {
            continue;
        }
        for (_, provider) in statement.oidc() {
            let intruders = room.intruders_of(statement, provider);
            let mut strangers = intruders
                .filter(|it| matches!(it.why, Intrusion::Place { .. } | Intrusion::Subject));
            let Some(intruder) = strangers.next() else {
                continue;
            };
            // A pattern for another claim that is too wide is a fault of its own.
            let is_by_pattern = |it: &Intruder| it.span != statement.statement.span;
            if is_by_pattern(intruder) || strangers.any(is_by_pattern) {
                continue;
            }
            let is_outside = !matches!(
                intruder.why,
                Intrusion::Place {
                    is_outside: false,
                    ..
                }
            );
            // What other claims pin down is let off here; whether IAM takes them for a scope is another
            // rule's.
            let is_guarded = provider.is_guarded(&statement.statement.conditions);
            if !is_outside && !is_guarded {
                continue;
            }
            let mut notes = vec![witness(intruder)];
            if !is_guarded {
                notes.push(
                    "everybody shares this issuer: IAM stores no such policy any more".to_owned(),
                );
            }
            findings.push(Finding {
                code: Code::known("trust/subject-missing"),
                // Of an issuer that we do not know, all may be meant: its users, say.
                severity: if !is_guarded || (is_outside && intruder.why != Intrusion::Subject) {
                    Severity::Error
                } else {
                    Severity::Warning
                },
                confidence: Confidence::High,
                message: "no condition says whose tokens may pass".to_owned(),
                primary: Label::new(provider.text.span, "trusted for any subject"),
                related: Vec::new(),
                notes,
                help: format!(
                    "add to `Condition`: `\"StringEquals\": {{\"{}:sub\": \"{}\"}}`",
                    provider.name,
                    example(provider)
                ),
            });
        }
    }
}

fn example(provider: &Provider<'_>) -> &'static str {
    match provider.family {
        Family::GitHub => "repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:environment:ENVIRONMENT",
        Family::GitHubServer => "repo:OWNER/REPOSITORY:environment:ENVIRONMENT",
        Family::GitLab => "project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH",
        Family::Kubernetes => "system:serviceaccount:NAMESPACE:NAME",
        Family::Terraform => "organization:O:project:P:workspace:W:run_phase:PHASE",
        Family::Buildkite => "organization:O:pipeline:P:ref:refs/heads/BRANCH:commit:*:step:*",
        Family::CircleCi => "org/O/project/P/user/USER",
        Family::Application | Family::Other => "SUBJECT",
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::{Value, json};

    fn with_audience(issuer: &str, more: &Value) -> String {
        let mut condition =
            json!({ "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" } });
        for (operator, keys) in more.as_object().unwrap() {
            for (key, value) in keys.as_object().unwrap() {
                condition[operator][format!("{issuer}:{key}")] = value.clone();
            }
        }
        findings(issuer, &condition)
    }

    #[test]
    fn whoever_has_a_token_passes() {
        insta::assert_snapshot!(with_audience(GITHUB, &json!({})), @r#"
    error[trust/subject-missing] (high): no condition says whose tokens may pass
      at "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" trusted for any subject
    note: a token with sub `repo:evil/x:pull_request` passes: it is of another organisation
    note: everybody shares this issuer: IAM stores no such policy any more
    help: add to `Condition`: `"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:environment:ENVIRONMENT"}`
    "#);
        insta::assert_snapshot!(with_audience(CLUSTER, &json!({})), @r#"
    error[trust/subject-missing] (high): no condition says whose tokens may pass
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" trusted for any subject
    note: a token with sub `system:serviceaccount:evil:x` passes: it is of another namespace
    help: add to `Condition`: `"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:NAMESPACE:NAME"}`
    "#);
        let not = json!({ "StringNotLike": { "sub": "*:pull_request" } });
        insta::assert_snapshot!(with_audience(GITHUB, &not), @r#"
    error[trust/subject-missing] (high): no condition says whose tokens may pass
      at "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" trusted for any subject
    note: a token with sub `repo:evil/x:ref:refs/heads/evil` passes: it is of another organisation
    note: everybody shares this issuer: IAM stores no such policy any more
    help: add to `Condition`: `"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:OWNER@OWNER-ID/REPOSITORY@REPOSITORY-ID:environment:ENVIRONMENT"}`
    "#);
    }

    #[test]
    fn a_subject_or_a_workflow_in_full_is_silent() {
        let sub = json!({ "StringEquals": { "sub": "system:serviceaccount:ci:runner" } });
        assert_eq!(with_audience(CLUSTER, &sub), "");
        let workflow = "acme/shared/.github/workflows/deploy.yml@refs/heads/main";
        let workflow = json!({ "StringEquals": { "job_workflow_ref": workflow } });
        assert_eq!(with_audience(GITHUB, &workflow), "");
    }
}
