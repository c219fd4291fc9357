//! `policy/if-exists`: multi-factor authentication asked in a way that lets access keys by.
//!
//! Source: IAM User Guide, "AWS global condition context keys", `aws:MultiFactorAuthPresent`: the key is
//! absent from requests with long-term access keys, so that `Deny` with `Bool` `false` does not deny
//! them, and `Allow` with `BoolIfExists` `true` allows them.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::say::found;
use super::seen::Seen;
use crate::condition::{Met, Test};
use crate::context::Context;
use crate::operator::BaseOperator;
use crate::syntax::{Condition, Effect, Statement};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        for condition in &statement.conditions {
            if condition.key.eq_ignore_ascii_case(KEY)
                && condition.operator.base == BaseOperator::Bool
            {
                findings.extend(finding(statement, condition));
            }
        }
    }
}

fn finding(statement: &Statement, condition: &Condition) -> Option<Finding> {
    let test = Test::new(condition, false);
    let met = |context: &Context| test.met(context) == Met::Yes;
    let with = |value: &str| {
        let mut context = Context::new();
        context.insert_one(KEY, value);
        met(&context)
    };
    // What the condition says of a request with long-term keys, beside what it says of one that had to
    // show a second factor and did not.
    let (of_keys, of_none) = (met(&Context::new()), with("false"));
    let (message, help) = match statement.effect {
        Effect::Allow if of_keys && !of_none => (
            "requests with long-term access keys are allowed without a second factor",
            "write `Bool`, which is not met where the key is absent",
        ),
        Effect::Deny if !of_keys && of_none => (
            "requests with long-term access keys are not denied, though they have no second factor",
            "write `BoolIfExists`, which is met where the key is absent",
        ),
        Effect::Allow | Effect::Deny => return None,
    };
    let mut guards = statement.conditions.iter();
    if guards.any(|it| it.operator.base == BaseOperator::Null && it.key.eq_ignore_ascii_case(KEY)) {
        return None;
    }
    let mut finding = found(
        Code::known("policy/if-exists"),
        Severity::Warning,
        message,
        Label::new(condition.span, "absent where long-term keys sign"),
        help,
    );
    finding.notes = vec!["the key is there only in requests with temporary credentials".to_owned()];
    Some(finding)
}

const KEY: &str = "aws:MultiFactorAuthPresent";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::Identity;

    #[test]
    fn access_keys_get_by() {
        for (effect, operator, value, is_found) in [
            ("Allow", "BoolIfExists", "true", true),
            ("Allow", "Bool", "true", false),
            ("Deny", "Bool", "false", true),
            ("Deny", "BoolIfExists", "false", false),
        ] {
            let mut statement = allow_if("s3:*", json!({ operator: { super::KEY: value } }));
            statement["Effect"] = json!(effect);
            let places = places("policy/if-exists", Identity, &statement);
            assert_eq!(!places.is_empty(), is_found, "{effect} {operator}");
        }
    }
}
