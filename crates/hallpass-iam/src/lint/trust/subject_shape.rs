//! `trust/subject-shape`: a subject that no token of the issuer has.
//!
//! Source: GitHub Docs, "OpenID Connect reference", example subject claims; Kubernetes Docs, "Authenticating",
//! service account tokens.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::first_value_guard::is_past_guard;
use super::room::{Room, shown};
use super::wildcard_in_string_equals::is_taken_literally;
use super::{cluster_subject, github_subject};
use crate::operator::BaseOperator;
use crate::syntax::Text;
use crate::trust::{ClaimCondition, Family, Provider};

/// Why no token has such a subject, and what was meant.
#[derive(Debug)]
pub(super) struct Slip {
    pub(super) says: String,
    pub(super) help: String,
    /// Lower where an issuer may be set up to compose subjects so.
    pub(super) confidence: Confidence,
}

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in &room.statements {
        for claim in statement.on("sub") {
            let Some(provider) = statement.provider_of(claim) else {
                continue;
            };
            // `Null` asks whether it is there, not what it says.
            if claim.condition.operator.base == BaseOperator::Null {
                continue;
            }
            // A first value that stands there for IAM's eyes alone is meant to match nobody.
            let values = &claim.condition.values;
            let is_decoy =
                (1..values.len()).any(|index| is_past_guard(provider, claim.condition, index));
            for value in values.iter().skip(usize::from(is_decoy)) {
                if is_taken_literally(claim, value) {
                    continue;
                }
                let Some(slip) = slip(room, provider, claim, value) else {
                    continue;
                };
                findings.push(Finding {
                    code: Code::known("trust/subject-shape"),
                    severity: Severity::Error,
                    confidence: slip.confidence,
                    message: format!(
                        "no token of this issuer has the subject `{}`",
                        shown(&value.text)
                    ),
                    primary: Label::new(value.span, "matches no token"),
                    related: Vec::new(),
                    notes: vec![slip.says],
                    help: slip.help,
                });
            }
        }
    }
}

fn slip(
    room: &Room<'_>,
    provider: &Provider<'_>,
    claim: &ClaimCondition<'_>,
    value: &Text,
) -> Option<Slip> {
    let glob = room.glob(claim, value)?;
    match provider.family {
        Family::GitHub => github_subject::slip(&value.text, &glob, true),
        Family::GitHubServer => github_subject::slip(&value.text, &glob, false),
        Family::Kubernetes => cluster_subject::slip(&value.text, &glob),
        // Clusters stand at any URL; who writes so of their subjects means one.
        Family::Other if value.text.starts_with("system:serviceaccount") => {
            cluster_subject::slip(&value.text, &glob)
        }
        Family::Application
        | Family::Buildkite
        | Family::CircleCi
        | Family::GitLab
        | Family::Other
        | Family::Terraform => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::json;

    fn by(issuer: &str, operator: &str, subject: &str) -> String {
        let mut condition =
            json!({ "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" } });
        condition[operator][format!("{issuer}:sub")] = json!(subject);
        findings(issuer, &condition)
    }

    #[test]
    fn slips_are_named() {
        insta::assert_snapshot!(by(GITHUB, "StringEquals", "repo:acme/app:ref:main"), @r#"
    error[trust/subject-shape] (high): no token of this issuer has the subject `repo:acme/app:ref:main`
      at "repo:acme/app:ref:main" matches no token
    note: a branch is written as a ref in full
    help: write `repo:acme/app:ref:refs/heads/main`
    "#);
        insta::assert_snapshot!(by(GITHUB, "StringLike", "repo:acme/app:branch:*"), @r#"
    error[trust/subject-shape] (high): no token of this issuer has the subject `repo:acme/app:branch:*`
      at "repo:acme/app:branch:*" matches no token
    note: a branch is written as a ref in full
    help: write `repo:acme/app:ref:refs/heads/*`
    "#);
        insta::assert_snapshot!(by(CLUSTER, "StringEquals", "ci:runner"), @r#"
    error[trust/subject-shape] (high): no token of this issuer has the subject `ci:runner`
      at "ci:runner" matches no token
    note: a service account's subject begins with `system:serviceaccount:`
    help: write `system:serviceaccount:ci:runner`
    "#);
        insta::assert_snapshot!(by("ghes.example/_services/token", "StringEquals", "repo:acme@1/app@2:environment:prod"), @r#"
    error[trust/subject-shape] (high): no token of this issuer has the subject `repo:acme@1/app@2:environment:prod`
      at "repo:acme@1/app@2:environment:prod" matches no token
    note: GitHub Enterprise Server has no subjects with IDs
    help: write `repo:acme/app:...`
    "#);
    }

    #[test]
    fn subjects_of_the_issuers_shape_are_silent() {
        for subject in [
            "repo:acme@1/app@2:environment:eu%3Aprod",
            "repo:acme@1/app@2:pull_request",
            "repo:acme@1/app@2:ref:refs/heads/main:job_workflow_ref:acme/shared/.github/workflows/x.yml@refs/heads/main",
            "repository_id:2:environment:prod",
        ] {
            assert_eq!(by(GITHUB, "StringEquals", subject), "", "{subject}");
        }
        assert_eq!(
            by(CLUSTER, "StringEquals", "system:serviceaccount:ci:runner.a"),
            ""
        );
        assert_eq!(by("issuer.example", "StringEquals", "ci:runner"), "");
    }
}
