//! `trust/like-without-wildcard`: a pattern operator where none of the values is a pattern.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", string operators.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, has_wildcard};
use crate::operator::BaseOperator;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in &room.statements {
        for claim in statement.claims.iter().filter(|it| it.provider.is_some()) {
            let condition = claim.condition;
            let exact = match condition.operator.base {
                BaseOperator::StringLike => "StringEquals",
                BaseOperator::StringNotLike => "StringNotEquals",
                _ => continue,
            };
            if condition
                .values
                .iter()
                .any(|value| has_wildcard(&value.text))
            {
                continue;
            }
            findings.push(Finding {
                code: Code::known("trust/like-without-wildcard"),
                severity: Severity::Note,
                confidence: Confidence::High,
                message: format!(
                    "`{}` where no value has a wildcard: equality says the same",
                    condition.operator.base.as_str()
                ),
                primary: Label::new(condition.span, "compared as a pattern"),
                related: Vec::new(),
                notes: vec!["a `*` that slips into a value later is a pattern at once".to_owned()],
                help: format!("put the key under `{exact}`"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, findings};
    use serde_json::json;

    fn by(operator: &str) -> String {
        let mut condition =
            json!({ "StringEquals": { format!("{CLUSTER}:aud"): "sts.amazonaws.com" } });
        condition[operator][format!("{CLUSTER}:sub")] = json!("system:serviceaccount:ci:runner");
        findings(CLUSTER, &condition)
    }

    #[test]
    fn a_pattern_operator_without_a_pattern() {
        insta::assert_snapshot!(by("StringLike"), @r#"
    note[trust/like-without-wildcard] (high): `StringLike` where no value has a wildcard: equality says the same
      at "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub" compared as a pattern
    note: a `*` that slips into a value later is a pattern at once
    help: put the key under `StringEquals`
    "#);
    }

    #[test]
    fn equality_is_silent() {
        assert_eq!(by("StringEquals"), "");
    }
}
