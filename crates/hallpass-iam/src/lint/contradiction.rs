//! `policy/contradicting-conditions`: conditions on one key that no value meets.
//!
//! Source: IAM User Guide, "Conditions with multiple context keys or values": conditions of a statement
//! must all hold. Where one of them lists its values, the engine is asked each of them.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::condition::{Met, Test};
use crate::context::Context;
use crate::operator::BaseOperator;
use crate::syntax::{Condition, Effect, Statement};
use crate::variable::{Piece, Special, pieces};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let mut judged: Vec<String> = Vec::new();
        for condition in &statement.conditions {
            let key = condition.key.to_ascii_lowercase();
            if judged.contains(&key) || judged.len() > MOST_KEYS {
                continue;
            }
            findings.extend(contradiction(seen, statement, &key));
            judged.push(key);
        }
    }
}

fn contradiction(seen: &Seen<'_>, statement: &Statement, key: &str) -> Option<Finding> {
    let same = |it: &&Condition| it.key.eq_ignore_ascii_case(key);
    let conditions: Vec<&Condition> = statement.conditions.iter().filter(same).collect();
    let listing = conditions
        .iter()
        .find(|it| is_list(it, seen.has_variables()))?;
    if conditions.len() < 2
        || conditions
            .iter()
            .any(|it| is_open(it, seen.has_variables()))
    {
        return None;
    }
    let tests: Vec<Test> = conditions
        .iter()
        .map(|condition| Test::new(condition, seen.has_variables()))
        .collect();
    let is_met = |value: &str| {
        let mut context = Context::new();
        context.insert_one(key, value);
        tests.iter().all(|test| test.met(&context) != Met::No)
    };
    if listing.values.iter().any(|value| is_met(&value.text)) {
        return None;
    }
    let mut places = conditions
        .iter()
        .map(|it| Label::new(it.span, format!("wanted by `{}`", it.operator)));
    let primary = places.next()?;
    let does = match statement.effect {
        Effect::Allow => "allows",
        Effect::Deny => "denies",
    };
    let mut finding = found(
        Code::known("policy/contradicting-conditions"),
        Severity::Error,
        format!(
            "no value of {} meets all conditions: the statement {does} nothing",
            quoted(&listing.key)
        ),
        primary,
        "conditions of a statement must all hold; put alternatives into one list, or into two statements",
    );
    finding.related = places.collect();
    Some(finding)
}

/// Whether the condition holds for the values that it lists, and for no other.
fn is_list(condition: &Condition, has_variables: bool) -> bool {
    let operator = condition.operator;
    let has_wildcards = operator.base == BaseOperator::StringLike;
    let is_exact = matches!(
        operator.base,
        BaseOperator::StringEquals | BaseOperator::StringLike
    );
    let special = Special {
        wildcards: has_wildcards,
        variables: has_variables,
    };
    let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
    is_exact
        && operator.qualifier.is_none()
        && !operator.is_if_exists
        && condition
            .values
            .iter()
            .all(|value| pieces(&value.text, special).iter().all(is_text))
}

/// Whether what the condition wants depends on other keys, or on several values of this one.
fn is_open(condition: &Condition, has_variables: bool) -> bool {
    let special = Special {
        wildcards: true,
        variables: has_variables,
    };
    let is_variable = |piece: &Piece| matches!(piece, Piece::Variable { .. });
    condition.operator.qualifier.is_some()
        || condition.values.is_empty()
        || condition
            .values
            .iter()
            .any(|value| pieces(&value.text, special).iter().any(is_variable))
}

// More keys than AWS has for any action.
const MOST_KEYS: usize = 200;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::Identity;

    fn found(condition: Value) -> usize {
        let statement = allow_if("s3:GetObject", condition);
        places("policy/contradicting-conditions", Identity, &statement).len()
    }

    #[test]
    fn conditions_that_no_value_meets() {
        for condition in [
            json!({ "StringEquals": { "aws:x": "a" }, "StringLike": { "aws:X": "b*" } }),
            json!({ "StringEquals": { "aws:x": ["a", "b"] }, "StringNotEquals": { "aws:x": ["a", "b", "c"] } }),
            json!({ "StringEquals": { "aws:x": "a" }, "Null": { "aws:x": "true" } }),
            json!({ "StringLike": { "aws:x": "a" }, "StringEqualsIfExists": { "aws:x": "A" } }),
        ] {
            assert_eq!(found(condition.clone()), 1, "{condition}");
        }
    }

    #[test]
    fn conditions_that_some_value_meets() {
        for condition in [
            json!({ "StringEquals": { "aws:x": ["a", "b1"] }, "StringLike": { "aws:x": "b*" } }),
            json!({ "StringEquals": { "aws:x": "a" }, "StringLike": { "aws:y": "b*" } }),
            json!({ "StringEquals": { "aws:x": "a" }, "StringEqualsIgnoreCase": { "aws:x": "A" } }),
            json!({ "StringEquals": { "aws:x": "a" }, "StringLike": { "aws:x": "${aws:y}" } }),
            json!({ "StringEquals": { "aws:x": "a" }, "ForAnyValue:StringEquals": { "aws:x": "b" } }),
            json!({ "StringLike": { "aws:x": "a*" }, "StringEqualsIfExists": { "aws:x": "b" } }),
        ] {
            assert_eq!(found(condition.clone()), 0, "{condition}");
        }
    }
}
