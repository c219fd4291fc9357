//! `trust/name-based-subject`: names that may pass to somebody else, and that newer tokens do not carry.
//!
//! Source: GitHub Docs, "OpenID Connect reference", immutable subject claims: repositories made, renamed or
//! transferred since July 2026 carry the IDs of owner and repository; others may opt in; GitHub Enterprise
//! Server has none.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity, Span};

use super::room::{Room, shown};
use crate::intruder::GITHUB;
use crate::syntax::Text;
use crate::trust::{ClaimCondition, Family};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    let spoken_of: std::collections::BTreeSet<Span> = findings
        .iter()
        .map(|finding| finding.primary.span)
        .collect();
    for statement in room.allows() {
        for claim in statement.on("sub").filter(|it| it.is_positive()) {
            let family = statement.provider_of(claim).map(|provider| provider.family);
            let values = &claim.condition.values;
            let is_spoken_of = spoken_of.contains(&claim.condition.span)
                || values.iter().any(|value| spoken_of.contains(&value.span));
            if family != Some(Family::GitHub) || is_spoken_of {
                continue;
            }
            // Who lists one form beside the other knows of both.
            let forms: Vec<(&Text, Form)> = values
                .iter()
                .filter_map(|value| Some((value, form(room, claim, value)?)))
                .collect();
            if forms
                .iter()
                .any(|(_, form)| matches!(form, Form::Immutable))
            {
                continue;
            }
            let first = forms
                .into_iter()
                .find_map(|(value, form)| Some((value, form.twin(&value.text)?)));
            if let Some((value, twin)) = first {
                findings.push(finding(value, &twin));
            }
        }
    }
}

/// How a subject names owner and repository.
enum Form {
    /// By name and ID.
    Immutable,
    /// By name alone.
    Names { owner: String, repository: String },
    /// By name, with any ID.
    OpenIds,
}

impl Form {
    /// The subject with IDs.
    fn twin(&self, text: &str) -> Option<String> {
        match self {
            Self::Immutable => None,
            Self::Names { owner, repository } => Some(text.replacen(
                &format!("repo:{owner}/{repository}:"),
                &format!("repo:{owner}@OWNER-ID/{repository}@REPOSITORY-ID:"),
                1,
            )),
            Self::OpenIds => Some(text.replacen("@*/", "@OWNER-ID/", 1).replacen(
                "@*:",
                "@REPOSITORY-ID:",
                1,
            )),
        }
    }
}

fn form(room: &Room<'_>, claim: &ClaimCondition<'_>, value: &Text) -> Option<Form> {
    let glob = room.glob(claim, value)?;
    let aligned = GITHUB.align(&glob).into_iter().next()?;
    let [owner, repository] = aligned.places.as_slice() else {
        return None;
    };
    match (owner.literal(), repository.literal()) {
        (Some(owner), Some(repository)) if owner.contains('@') || repository.contains('@') => {
            Some(Form::Immutable)
        }
        (Some(owner), Some(repository)) => Some(Form::Names { owner, repository }),
        _ if value.text.contains("@*") => Some(Form::OpenIds),
        _ => None,
    }
}

fn finding(value: &Text, twin: &str) -> Finding {
    Finding {
        code: Code::known("trust/name-based-subject"),
        severity: Severity::Note,
        // Which form a repository's tokens have, the policy cannot tell.
        confidence: Confidence::Low,
        message: format!("`{}` names owner and repository without their IDs", shown(&value.text)),
        primary: Label::new(value.span, "by name alone"),
        related: Vec::new(),
        notes: vec![
            "tokens of repositories made, renamed or moved since July 2026, or opted in, carry the IDs and do not match".to_owned(),
            "a name that is given up may be taken by somebody else, an ID may not".to_owned(),
        ],
        help: format!("add `\"{}\"`, and take the form without IDs out once tokens carry them", shown(twin)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    fn by(operator: &str, subjects: &[&str]) -> String {
        let mut condition =
            json!({ "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" } });
        condition[operator][format!("{GITHUB}:sub")] = json!(subjects);
        findings(GITHUB, &condition)
    }

    #[test]
    fn names_may_change_hands() {
        insta::assert_snapshot!(by("StringEquals", &["repo:acme/app:environment:prod"]), @r#"
    note[trust/name-based-subject] (low): `repo:acme/app:environment:prod` names owner and repository without their IDs
      at "repo:acme/app:environment:prod" by name alone
    note: tokens of repositories made, renamed or moved since July 2026, or opted in, carry the IDs and do not match
    note: a name that is given up may be taken by somebody else, an ID may not
    help: add `"repo:acme@OWNER-ID/app@REPOSITORY-ID:environment:prod"`, and take the form without IDs out once tokens carry them
    "#);
        insta::assert_snapshot!(by("StringLike", &["repo:acme@*/app@*:environment:prod"]), @"");
    }

    #[test]
    fn ids_and_both_forms_are_silent() {
        let immutable = "repo:acme@1/app@2:environment:prod";
        assert_eq!(by("StringEquals", &[immutable]), "");
        assert_eq!(
            by(
                "StringEquals",
                &["repo:acme/app:environment:prod", immutable]
            ),
            ""
        );
    }
}
