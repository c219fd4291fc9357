//! `policy/set-operator-on-single-valued`, `policy/multivalued-without-set-operator`.
//!
//! Source: IAM User Guide, "Single-valued vs. multivalued context keys": set operators are for
//! multivalued keys, and "don't use condition set operators with single-valued context keys"; IAM Access
//! Analyzer's check "Missing qualifier".

use hallpass_diag::{Code, Finding, Label, Severity};

use super::condition_keys::known;
use super::operator_type::type_of;
use super::say::{found, quoted};
use super::seen::Seen;
use crate::operator::{BaseOperator, Qualifier};
use crate::syntax::{Condition, Effect};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.document.statements() {
        let actions = seen.actions(statement);
        for condition in &statement.conditions {
            let Some(kind) = type_of(&known(&actions, &condition.key)) else {
                continue;
            };
            match (condition.operator.qualifier, kind.is_multivalued()) {
                (None, true) if condition.operator.base != BaseOperator::Null => {
                    findings.push(missing(condition));
                }
                // In an `Allow` it is a trap, which has a rule of its own.
                (Some(Qualifier::ForAllValues), false) if statement.effect == Effect::Allow => {}
                (Some(_), false) => findings.push(needless(condition)),
                (None, _) | (Some(_), true) => {}
            }
        }
    }
}

fn missing(condition: &Condition) -> Finding {
    let operator = condition.operator;
    found(
        Code::known("policy/multivalued-without-set-operator"),
        Severity::Warning,
        format!(
            "{} may have several values, and `{operator}` is for one",
            quoted(&condition.key)
        ),
        Label::new(condition.span, "any number of values"),
        format!(
            "write `ForAnyValue:{operator}` if one value will do, `ForAllValues:{operator}` beside \
             `Null` if each must"
        ),
    )
}

fn needless(condition: &Condition) -> Finding {
    let mut bare = condition.operator;
    bare.qualifier = None;
    found(
        Code::known("policy/set-operator-on-single-valued"),
        Severity::Note,
        format!(
            "{} has one value, and `{}` is for several",
            quoted(&condition.key),
            condition.operator
        ),
        Label::new(condition.span, "one value"),
        format!("write `{bare}`"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::Identity;

    #[test]
    fn set_operators_are_for_multivalued_keys() {
        for (operator, key, missing, needless) in [
            ("StringEquals", "aws:TagKeys", 1, 0),
            ("ForAnyValue:StringEquals", "aws:TagKeys", 0, 0),
            ("Null", "aws:TagKeys", 0, 0),
            ("ForAnyValue:StringEquals", "aws:PrincipalOrgID", 0, 1),
            ("StringEquals", "aws:PrincipalOrgID", 0, 0),
            ("ForAnyValue:StringEquals", "brandnew:key", 0, 0),
        ] {
            let statement = allow_if("ecr:TagResource", json!({ operator: { key: "true" } }));
            let count = |code: &str| places(code, Identity, &statement).len();
            let found = (
                count("policy/multivalued-without-set-operator"),
                count("policy/set-operator-on-single-valued"),
            );
            assert_eq!(found, (missing, needless), "{operator} {key}");
        }
    }
}
