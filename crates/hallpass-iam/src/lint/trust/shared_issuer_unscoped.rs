//! `trust/shared-issuer-unscoped`: IAM would not store this today.
//!
//! Source: IAM User Guide, "Identity-provider controls for shared OIDC providers": existing roles go on
//! working, and their policy can be changed no more without the condition.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, witness};
use crate::federation::unscoped;
use crate::intruder::Intrusion;
use crate::operator::Qualifier;
use crate::trust::{Family, Provider, TrustStatement};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    // What lets no web identity in is no trust in their issuer.
    let lets_in = room.allows().filter(|it| unscoped(it.statement).is_some());
    for statement in lets_in {
        for (_, provider) in statement.oidc() {
            if provider.is_guarded(&statement.statement.conditions)
                || is_told_already(room, statement, provider)
            {
                continue;
            }
            let keys = provider.guard_keys();
            let listed: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let listed = listed.join(" or ");
            let mut notes = vec![
                "the role goes on working; IAM refuses the next change to the policy".to_owned(),
            ];
            notes.extend(room.intruders_of(statement, provider).map(witness));
            notes.truncate(2);
            findings.push(Finding {
                code: Code::known("trust/shared-issuer-unscoped"),
                severity: Severity::Error,
                confidence: Confidence::High,
                message: format!("IAM stores no trust in this shared issuer without a condition on {listed}"),
                primary: Label::new(provider.text.span, "everybody gets tokens of this issuer"),
                related: Vec::new(),
                notes,
                help: format!(
                    "add a condition on {listed}, by `StringEquals` or `StringLike`, with a first value that is not open"
                ),
            });
        }
    }
}

/// Whether another rule names the same gap: a condition that was meant, and says nothing.
fn is_told_already(
    room: &Room<'_>,
    statement: &TrustStatement<'_>,
    provider: &Provider<'_>,
) -> bool {
    let mut intruders = room.intruders_of(statement, provider);
    let is_wide_open = intruders.any(|it| match it.why {
        Intrusion::Place { is_outside, .. } => is_outside,
        Intrusion::Subject => true,
        Intrusion::Audience => provider.family == Family::Application,
        Intrusion::Absent { .. } | Intrusion::Context { .. } => false,
    });
    let keys = provider.guard_keys();
    let mut meant = statement.claims.iter().filter(|it| {
        let is_key = keys
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&it.condition.key));
        is_key || it.provider.is_none()
    });
    is_wide_open
        || meant.any(|it| {
            let is_for_all = it.condition.operator.qualifier == Some(Qualifier::ForAllValues);
            let is_gap = it.is_met_by_absence() && (is_for_all || it.is_positive());
            it.provider.is_none() || is_gap
        })
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    #[test]
    fn other_claims_are_no_scope_to_iam() {
        let condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:repository_id"): "2",
            format!("{GITHUB}:environment"): "prod",
        } });
        insta::assert_snapshot!(findings(GITHUB, &condition), @r#"
    error[trust/shared-issuer-unscoped] (high): IAM stores no trust in this shared issuer without a condition on `token.actions.githubusercontent.com:sub` or `token.actions.githubusercontent.com:job_workflow_ref`
      at "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" everybody gets tokens of this issuer
    note: the role goes on working; IAM refuses the next change to the policy
    help: add a condition on `token.actions.githubusercontent.com:sub` or `token.actions.githubusercontent.com:job_workflow_ref`, by `StringEquals` or `StringLike`, with a first value that is not open
    "#);
    }

    #[test]
    fn a_condition_on_the_subject_is_a_scope() {
        let condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:repository_id"): "2",
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod",
        } });
        assert_eq!(findings(GITHUB, &condition), "");
    }
}
