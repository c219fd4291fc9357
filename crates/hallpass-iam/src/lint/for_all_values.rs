//! `policy/for-all-values-allow`: an `Allow` that holds for whoever lacks the key.
//!
//! Source: IAM User Guide, "Multivalued context keys": `ForAllValues` "returns true if there are no
//! context keys in the request"; use `Null` beside it in an `Allow`.

use hallpass_diag::{Code, Finding, Label, Severity};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::condition::{Met, Test};
use crate::context::Context;
use crate::federation::is_claim_key;
use crate::operator::Qualifier;
use crate::policy::PolicyKind;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    for statement in seen.allows() {
        let nothing = Context::new();
        for condition in &statement.conditions {
            let is_for_all = condition.operator.qualifier == Some(Qualifier::ForAllValues);
            // Of a token's claims the rules of trust policies speak.
            let is_claim = seen.kind == PolicyKind::Trust && is_claim_key(&condition.key);
            let is_guarded = || {
                let mut others = statement.conditions.iter();
                others.any(|other| {
                    other.key.eq_ignore_ascii_case(&condition.key)
                        && Test::new(other, seen.has_variables()).met(&nothing) != Met::Yes
                })
            };
            if !is_for_all || is_claim || is_guarded() {
                continue;
            }
            let key = &condition.key;
            let mut finding = found(
                Code::known("policy/for-all-values-allow"),
                Severity::Warning,
                format!("a request without {} is allowed, too", quoted(key)),
                Label::new(condition.span, "holds where the key is absent"),
                format!(
                    "add `\"Null\": {{\"{key}\": \"false\"}}`, or write `ForAnyValue` if one value will do"
                ),
            );
            finding.notes = vec!["`ForAllValues` holds for no values at all".to_owned()];
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tried::{allow_if, places};
    use crate::policy::PolicyKind::Identity;

    fn found(condition: Value) -> Vec<String> {
        let statement = allow_if("ecr:TagResource", condition);
        places("policy/for-all-values-allow", Identity, &statement)
    }

    #[test]
    fn a_request_without_the_key_is_allowed() {
        let open = json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } });
        assert_eq!(found(open), ["\"aws:TagKeys\""]);
        let wrong_guard = json!({
            "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] }, "Null": { "aws:TagKeys": "true" },
        });
        assert_eq!(found(wrong_guard).len(), 1);
    }

    #[test]
    fn a_guard_or_another_operator_is_silent() {
        for condition in [
            json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] }, "Null": { "aws:tagkeys": "false" } }),
            json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] }, "ForAnyValue:StringLike": { "aws:TagKeys": "*" } }),
            json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["a"] } }),
        ] {
            assert!(found(condition.clone()).is_empty(), "{condition}");
        }
        let mut deny = allow_if(
            "ecr:TagResource",
            json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }),
        );
        deny["Effect"] = json!("Deny");
        assert!(places("policy/for-all-values-allow", Identity, &deny).is_empty());
    }
}
