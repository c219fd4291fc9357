//! `trust/first-value-guard`: a list whose first value alone satisfies IAM, and whose others let all in.
//!
//! Source: IAM User Guide, "Identity-provider controls for shared OIDC providers"; that IAM looks at the
//! first value of a list only is observed.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, shown, witness};
use crate::syntax::{Condition, Text};
use crate::trust::Provider;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for condition in &statement.claims {
            let Some(provider) = statement.provider_of(condition) else {
                continue;
            };
            let condition = condition.condition;
            for (index, value) in condition.values.iter().enumerate() {
                if !is_past_guard(provider, condition, index) {
                    continue;
                }
                let Some(intruder) = room.intruder_at(value.span) else {
                    continue;
                };
                let first = condition.values.first();
                findings.push(Finding {
                    code: Code::known("trust/first-value-guard"),
                    severity: Severity::Error,
                    confidence: Confidence::High,
                    message: format!(
                        "`{}` lets everybody in, and IAM does not see it: it reads the first value only",
                        shown(&value.text)
                    ),
                    primary: Label::new(value.span, "by itself IAM would refuse this one"),
                    related: first
                        .map(|first| Label::new(first.span, "all that IAM looks at"))
                        .into_iter()
                        .collect(),
                    notes: vec![witness(intruder)],
                    help: "take the value out of the list".to_owned(),
                });
            }
        }
    }
}

/// Whether the value is one that IAM would refuse, and does not see behind another.
pub(super) fn is_past_guard(provider: &Provider<'_>, condition: &Condition, index: usize) -> bool {
    let is_guard = provider
        .guard_keys()
        .iter()
        .any(|key| key.eq_ignore_ascii_case(&condition.key));
    let Some(value) = condition
        .values
        .get(index)
        .filter(|_| is_guard && index > 0)
    else {
        return false;
    };
    // Without the other values: to copy a long list for each of its values would cost its square.
    let is_guarded = |value: &Text| {
        let alone = Condition {
            operator: condition.operator,
            key: condition.key.clone(),
            values: vec![value.clone()],
            span: condition.span,
        };
        provider.is_guarded(&[alone])
    };
    condition.values.first().is_some_and(is_guarded) && !is_guarded(value)
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    fn like(subjects: &[&str]) -> String {
        let condition = json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): subjects },
        });
        findings(GITHUB, &condition)
    }

    #[test]
    fn a_star_hides_behind_the_first_value() {
        insta::assert_snapshot!(like(&["repo:acme@1/app@2:environment:prod", "*"]), @r#"
    error[trust/first-value-guard] (high): `*` lets everybody in, and IAM does not see it: it reads the first value only
      at "*" by itself IAM would refuse this one
      at "repo:acme@1/app@2:environment:prod" all that IAM looks at
    note: a token with sub `repo:evil/x:pull_request` passes: it is of another organisation
    help: take the value out of the list
    "#);
    }

    #[test]
    fn without_the_star_it_is_silent() {
        assert_eq!(like(&["repo:acme@1/app@2:environment:prod-*"]), "");
    }
}
