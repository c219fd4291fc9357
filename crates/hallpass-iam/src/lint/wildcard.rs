//! `policy/wildcard-in-string-equals`: a `*` or `?` that is compared as it stands.
//!
//! Source: IAM User Guide, "String condition operators": `StringEquals` is "exact matching", and
//! `StringLike` may have wildcards.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::condition_keys::known;
use super::operator_type::type_of;
use super::say::{found, quoted};
use super::seen::Seen;
use crate::federation::is_claim_key;
use crate::operator::BaseOperator;
use crate::policy::PolicyKind;
use crate::services::ConditionKeyType;
use crate::syntax::{Condition, Text};
use crate::variable::{Piece, Special, pieces};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        for condition in &statement.conditions {
            // Of a token's claims the rules of trust policies speak.
            let is_claim = seen.kind == PolicyKind::Trust && is_claim_key(&condition.key);
            let Some(like) = like(condition).filter(|_| !is_claim) else {
                continue;
            };
            let actions = seen.actions(statement);
            let kind = type_of(&known(&actions, &condition.key));
            for value in &condition.values {
                findings.extend(finding(seen, condition, value, like, kind));
            }
        }
    }
}

/// The operator that takes wildcards, for one that does not.
fn like(condition: &Condition) -> Option<&'static str> {
    match condition.operator.base {
        BaseOperator::StringEquals | BaseOperator::StringEqualsIgnoreCase => Some("StringLike"),
        BaseOperator::StringNotEquals | BaseOperator::StringNotEqualsIgnoreCase => {
            Some("StringNotLike")
        }
        _ => None,
    }
}

fn finding(
    seen: &Seen<'_>,
    condition: &Condition,
    value: &Text,
    like: &str,
    kind: Option<ConditionKeyType>,
) -> Option<Finding> {
    let special = Special {
        wildcards: true,
        variables: seen.has_variables(),
    };
    let cut = pieces(&value.text, special);
    let has_star = cut.contains(&Piece::AnyRun);
    if !has_star && !cut.contains(&Piece::AnyOne) {
        return None;
    }
    let is_arn = kind.is_some_and(|kind| kind.element() == ConditionKeyType::Arn)
        || value.text.starts_with("arn:");
    let (severity, confidence) = if has_star {
        let sure = if is_arn {
            Confidence::High
        } else {
            Confidence::Medium
        };
        (Severity::Warning, sure)
    } else {
        // A web address may well have a question mark.
        (Severity::Note, Confidence::Low)
    };
    let operator = condition.operator;
    let mut finding = found(
        Code::known("policy/wildcard-in-string-equals"),
        severity,
        format!(
            "`{operator}` takes the wildcard in {} for a plain character",
            quoted(&value.text)
        ),
        Label::new(value.span, "compared as it stands"),
        format!("write `{like}` if a pattern is meant"),
    );
    finding.confidence = confidence;
    Some(finding)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::{Identity, Trust};

    #[test]
    fn wildcards_are_for_string_like() {
        for (operator, key, value, is_found) in [
            (
                "StringEquals",
                "aws:PrincipalArn",
                "arn:aws:iam::1:role/*",
                true,
            ),
            (
                "StringNotEqualsIgnoreCase",
                "aws:PrincipalOrgID",
                "o-*",
                true,
            ),
            ("ForAnyValue:StringEquals", "aws:CalledVia", "?", true),
            (
                "StringLike",
                "aws:PrincipalArn",
                "arn:aws:iam::1:role/*",
                false,
            ),
            ("StringEquals", "aws:PrincipalTag/x", "a${*}b", false),
            ("StringEquals", "aws:PrincipalOrgID", "o-1", false),
            (
                "ArnEquals",
                "aws:PrincipalArn",
                "arn:aws:iam::1:role/*",
                false,
            ),
        ] {
            let statement = allow_if("s3:GetObject", json!({ operator: { key: value } }));
            let places = places("policy/wildcard-in-string-equals", Identity, &statement);
            assert_eq!(!places.is_empty(), is_found, "{operator} {value}");
        }
    }

    #[test]
    fn claims_are_for_the_rules_of_trust_policies() {
        let key = "token.actions.githubusercontent.com:sub";
        let statement = allow_if(
            "sts:AssumeRoleWithWebIdentity",
            json!({ "StringEquals": { key: "repo:a/*" } }),
        );
        assert!(places("policy/wildcard-in-string-equals", Trust, &statement).is_empty());
    }
}
