//! `policy/never-matches`: values that the operator cannot read, or none at all.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Whether a value can be read
//! is asked of the engine, which compares it.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::condition::Test;
use crate::operator::{BaseOperator, Qualifier};
use crate::syntax::{Condition, Text};
use crate::variable::{Piece, Special, pieces};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        for condition in &statement.conditions {
            if condition.values.is_empty() {
                findings.push(empty(condition));
                continue;
            }
            let test = Test::new(condition, seen.has_variables());
            let unreadable = test.unreadable();
            let is_all = unreadable.len() == condition.values.len();
            for value in unreadable.iter().filter_map(|at| condition.values.get(*at)) {
                findings.push(misread(condition, value, is_all));
            }
            findings.extend(
                condition
                    .values
                    .iter()
                    .filter_map(|value| no_arn(condition, value)),
            );
        }
    }
}

fn empty(condition: &Condition) -> Finding {
    let operator = condition.operator;
    let is_met = operator.base.is_negated() || operator.qualifier == Some(Qualifier::ForAllValues);
    let message = if is_met {
        format!("`{operator}` has no values to compare with: nothing is excluded")
    } else {
        format!("`{operator}` has no values to compare with: it never holds")
    };
    found(
        Code::known("policy/never-matches"),
        Severity::Error,
        message,
        Label::new(condition.span, "no values"),
        "name the values, or remove the condition",
    )
}

fn misread(condition: &Condition, value: &Text, is_all: bool) -> Finding {
    let (is_no, help) = wanted(condition.operator.base);
    let mut finding = found(
        Code::known("policy/never-matches"),
        if is_all {
            Severity::Error
        } else {
            Severity::Warning
        },
        format!(
            "{} {is_no}, as `{}` compares",
            quoted(&value.text),
            condition.operator
        ),
        Label::new(value.span, is_no),
        help,
    );
    if value.text.contains("${") {
        finding.notes = vec!["variables are read by the string and ARN operators only".to_owned()];
    }
    finding
}

fn wanted(base: BaseOperator) -> (&'static str, &'static str) {
    use BaseOperator as B;
    match base {
        B::Bool | B::Null => ("is neither true nor false", "write `true` or `false`"),
        B::IpAddress | B::NotIpAddress => (
            "is neither an address nor a range",
            "write an address or a range, such as `203.0.113.0/24` or `2001:db8::/32`",
        ),
        B::DateEquals
        | B::DateGreaterThan
        | B::DateGreaterThanEquals
        | B::DateLessThan
        | B::DateLessThanEquals
        | B::DateNotEquals => (
            "is no date",
            "write a date as ISO 8601 has it, such as `2026-01-31T00:00:00Z`, or epoch seconds",
        ),
        B::ArnEquals
        | B::ArnLike
        | B::ArnNotEquals
        | B::ArnNotLike
        | B::BinaryEquals
        | B::NumericEquals
        | B::NumericGreaterThan
        | B::NumericGreaterThanEquals
        | B::NumericLessThan
        | B::NumericLessThanEquals
        | B::NumericNotEquals
        | B::StringEquals
        | B::StringEqualsIgnoreCase
        | B::StringLike
        | B::StringNotEquals
        | B::StringNotEqualsIgnoreCase
        | B::StringNotLike => ("is no number", "write a number, without quotes or with"),
    }
}

/// A value of an ARN operator that is the beginning of no ARN.
fn no_arn(condition: &Condition, value: &Text) -> Option<Finding> {
    use BaseOperator as B;
    let is_arn_operator = matches!(
        condition.operator.base,
        B::ArnEquals | B::ArnLike | B::ArnNotEquals | B::ArnNotLike
    );
    let special = Special {
        wildcards: true,
        variables: true,
    };
    let is_possible = match pieces(&value.text, special).first() {
        Some(Piece::Text(text)) => text.starts_with("arn:") || "arn:".starts_with(text.as_str()),
        Some(Piece::AnyOne | Piece::AnyRun | Piece::Variable { .. }) => true,
        None => false,
    };
    (is_arn_operator && !is_possible).then(|| {
        found(
            Code::known("policy/never-matches"),
            Severity::Error,
            format!(
                "{} is no ARN, as `{}` compares",
                quoted(&value.text),
                condition.operator
            ),
            Label::new(value.span, "does not begin with `arn:`"),
            "write the ARN, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow_if, places, said};
    use crate::policy::PolicyKind::Identity;

    fn found(operator: &str, value: &Value) -> Vec<String> {
        let statement = allow_if("s3:GetObject", json!({ operator: { "aws:x": value } }));
        places("policy/never-matches", Identity, &statement)
    }

    #[test]
    fn values_that_the_operator_cannot_read() {
        for (operator, value) in [
            ("NumericEquals", "abc"),
            ("NumericLessThan", "${aws:EpochTime}"),
            ("Bool", "yes"),
            ("Null", "no"),
            ("IpAddress", "10.0.0"),
            ("NotIpAddress", "10.0.0.0/33"),
            ("DateLessThan", "tomorrow"),
            ("ArnLike", "my-role"),
            ("ArnEquals", ""),
        ] {
            assert_eq!(
                found(operator, &json!(value)),
                [format!("{value:?}")],
                "{operator}"
            );
        }
        assert_eq!(found("StringEquals", &json!([])), ["\"aws:x\""]);
    }

    #[test]
    fn values_that_it_can_read() {
        for (operator, value) in [
            ("NumericEquals", json!(7)),
            ("NumericEquals", json!("-7.5")),
            ("Bool", json!(true)),
            ("Bool", json!("TRUE")),
            ("Null", json!("false")),
            ("IpAddress", json!(["10.0.0.1", "10.0.0.0/8", "::/0"])),
            ("DateLessThan", json!("2026-01-31")),
            ("DateLessThan", json!("1700000000")),
            (
                "ArnLike",
                json!(["*", "arn:aws:iam::*:role/x", "${aws:PrincipalArn}", "a*"]),
            ),
            ("StringEquals", json!("")),
        ] {
            assert!(found(operator, &value).is_empty(), "{operator} {value}");
        }
    }

    #[test]
    fn one_of_several_is_a_warning() {
        let statement = allow_if(
            "s3:GetObject",
            json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "10.0"] } }),
        );
        assert!(
            said("policy/never-matches", Identity, &statement)
                .starts_with("warning: `10.0` is neither")
        );
    }
}
