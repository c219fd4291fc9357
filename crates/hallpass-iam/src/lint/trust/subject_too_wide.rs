//! `trust/subject-too-wide`: a pattern for subjects that strangers' tokens match.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" (`*` in `StringLike` is any
//! characters, `/` and `:` among them); GitHub Docs, "OpenID Connect reference", example subject claims.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::first_value_guard::is_past_guard;
use super::room::{Room, shown, witness};
use crate::intruder::Intrusion;
use crate::syntax::Text;
use crate::trust::{ClaimCondition, Family, Provider};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        let claims = ["sub", "repository", "job_workflow_ref"];
        for condition in claims.iter().flat_map(|claim| statement.on(claim)) {
            let Some(provider) = statement.provider_of(condition) else {
                continue;
            };
            let values = condition.condition.values.iter().enumerate();
            let values =
                values.filter(|(index, _)| !is_past_guard(provider, condition.condition, *index));
            findings
                .extend(values.filter_map(|(_, value)| judged(room, provider, condition, value)));
        }
    }
}

fn judged(
    room: &Room<'_>,
    provider: &Provider<'_>,
    condition: &ClaimCondition<'_>,
    value: &Text,
) -> Option<Finding> {
    let intruder = room.intruder_at(value.span)?;
    let (kind, is_outside) = match intruder.why {
        Intrusion::Place { kind, is_outside } => (kind, is_outside),
        Intrusion::Subject => ("subject", value.text == "*"),
        Intrusion::Absent { .. } | Intrusion::Audience | Intrusion::Context { .. } => return None,
    };
    Some(Finding {
        code: Code::known("trust/subject-too-wide"),
        severity: if is_outside {
            Severity::Error
        } else {
            Severity::Warning
        },
        confidence: if intruder.why == Intrusion::Subject && !is_outside {
            // What subjects of an unknown issuer leave open may be meant.
            Confidence::Medium
        } else {
            Confidence::High
        },
        message: format!("`{}` lets in tokens of another {kind}", shown(&value.text)),
        primary: Label::new(value.span, format!("matches any other {kind}")),
        related: Vec::new(),
        notes: vec![witness(intruder)],
        help: help(condition, provider, kind).to_owned(),
    })
}

fn help(condition: &ClaimCondition<'_>, provider: &Provider<'_>, kind: &str) -> &'static str {
    if !condition.claim.eq_ignore_ascii_case("sub") {
        return "write owner and repository in full";
    }
    match (provider.family, kind) {
        (Family::GitHub | Family::GitHubServer, _) => {
            "write owner and repository in full, and end them with `:`, as in `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`; one value for each repository"
        }
        (Family::GitLab, _) => {
            "write the project's path in full, and end it with `:`, as in `project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH`"
        }
        (Family::Terraform, _) => {
            "write organisation, project and workspace in full, as in `organization:O:project:P:workspace:W:run_phase:*`"
        }
        (_, "namespace" | "service account") => {
            "name each service account in full, under `StringEquals`: `system:serviceaccount:NAMESPACE:NAME`"
        }
        (_, "organisation" | "pipeline" | "project" | "repository" | "workspace") => {
            "write what tells whose the token is in full; wildcards are for what follows"
        }
        (
            Family::Application
            | Family::Buildkite
            | Family::CircleCi
            | Family::Kubernetes
            | Family::Other,
            _,
        ) => "name each subject in full, under `StringEquals`",
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings};
    use serde_json::json;

    fn like(issuer: &str, subjects: &[&str]) -> String {
        let condition = json!({
            "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{issuer}:sub"): subjects },
        });
        findings(issuer, &condition)
    }

    #[test]
    fn another_organisation_passes() {
        insta::assert_snapshot!(like(GITHUB, &["repo:acme*"]), @r#"
    error[trust/subject-too-wide] (high): `repo:acme*` lets in tokens of another organisation
      at "repo:acme*" matches any other organisation
    note: a token with sub `repo:acme-evil/x:pull_request` passes: it is of another organisation
    help: write owner and repository in full, and end them with `:`, as in `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`; one value for each repository
    "#);
    }

    #[test]
    fn another_repository_passes() {
        insta::assert_snapshot!(like(GITHUB, &["repo:acme@1/app@2:environment:prod", "repo:acme/app*"]), @r#"
    warning[trust/subject-too-wide] (high): `repo:acme/app*` lets in tokens of another repository
      at "repo:acme/app*" matches any other repository
    note: a token with sub `repo:acme/app-evil:pull_request` passes: it is of another repository
    help: write owner and repository in full, and end them with `:`, as in `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`; one value for each repository
    "#);
    }

    #[test]
    fn another_service_account_passes() {
        insta::assert_snapshot!(like(CLUSTER, &["system:serviceaccount:ci:*"]), @r#"
    warning[trust/subject-too-wide] (high): `system:serviceaccount:ci:*` lets in tokens of another service account
      at "system:serviceaccount:ci:*" matches any other service account
    note: a token with sub `system:serviceaccount:ci:evil` passes: it is of another service account
    help: name each service account in full, under `StringEquals`: `system:serviceaccount:NAMESPACE:NAME`
    "#);
        insta::assert_snapshot!(like("issuer.example", &["*"]), @r#"
    error[trust/subject-too-wide] (high): `*` lets in tokens of another subject
      at "*" matches any other subject
    note: a token with sub `evil` passes: it is of another subject
    help: name each subject in full, under `StringEquals`
    "#);
    }

    #[test]
    fn a_pattern_within_what_is_named_is_silent() {
        assert_eq!(
            like(GITHUB, &["repo:acme@1/app@2:ref:refs/heads/release/*"]),
            ""
        );
    }

    #[test]
    fn what_a_deny_takes_back_is_silent() {
        let mut deny = super::super::rendered::statement(
            GITHUB,
            &json!({ "StringNotEquals": {
            format!("{GITHUB}:repository"): "acme/app",
        } }),
        );
        deny["Effect"] = json!("Deny");
        let allow = super::super::rendered::statement(
            GITHUB,
            &json!({
                "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
                "StringLike": { format!("{GITHUB}:sub"): "repo:acme/app*:environment:prod" },
            }),
        );
        let found = super::super::rendered::findings_in(&json!([allow, deny]));
        assert!(!found.contains("subject-too-wide"), "{found}");
    }
}
