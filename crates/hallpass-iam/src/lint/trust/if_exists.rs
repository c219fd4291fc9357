//! `trust/if-exists`: a condition that a token without the claim meets.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", `...IfExists`.

use hallpass_diag::{Code, Finding};

use super::for_all_values::{gap, is_known};
use super::room::Room;
use crate::operator::{Operator, Qualifier};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for claim in &statement.claims {
            let operator = claim.condition.operator;
            // A negated operator is met by absence in any case, and `ForAllValues` is told of elsewhere.
            let is_it = operator.is_if_exists
                && claim.is_positive()
                && operator.qualifier != Some(Qualifier::ForAllValues);
            if !is_it || !is_known(statement, claim) {
                continue;
            }
            let plain = Operator {
                is_if_exists: false,
                ..operator
            };
            let code = Code::known("trust/if-exists");
            findings.push(gap(code, statement, claim, plain, room));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    fn environment(operator: &str) -> String {
        let mut condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:ref:refs/heads/main",
        } });
        condition[operator][format!("{GITHUB}:environment")] = json!("prod");
        findings(GITHUB, &condition)
    }

    #[test]
    fn absence_meets_it() {
        insta::assert_snapshot!(environment("StringEqualsIfExists"), @r#"
    error[trust/if-exists] (high): `StringEqualsIfExists` is met by a token without `environment`
      at "token.actions.githubusercontent.com:environment" true where the claim is absent
    note: a token with sub `repo:acme@1/app@2:ref:refs/heads/main` passes: it has no `environment`
    help: put the key under `StringEquals`
    "#);
    }

    #[test]
    fn the_plain_operator_is_silent() {
        assert_eq!(environment("StringEquals"), "");
    }
}
