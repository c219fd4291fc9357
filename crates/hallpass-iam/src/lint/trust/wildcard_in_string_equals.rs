//! `trust/wildcard-in-string-equals`: a `*` that is taken as it is.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators", string operators: only
//! `StringLike` and `StringNotLike` have wildcards.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, has_wildcard, shown, witness};
use crate::intruder::{Intruder, Search};
use crate::operator::BaseOperator;
use crate::syntax::{Document, Text};
use crate::trust::{ClaimCondition, TrustStatement, trust_statements};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    let mut tried = 0;
    for statement in &room.statements {
        for condition in &statement.claims {
            let values = condition.condition.values.iter();
            for value in values.filter(|value| is_taken_literally(condition, value)) {
                let intruder = if tried < MAX_WITNESSES {
                    tried += 1;
                    as_pattern(room, statement, condition, value)
                } else {
                    None
                };
                findings.push(finding(statement, condition, value, intruder.as_ref()));
            }
        }
    }
}

/// Whether the value has a wildcard that its operator does not know.
pub(super) fn is_taken_literally(condition: &ClaimCondition<'_>, value: &Text) -> bool {
    let is_exact = pattern_operator(condition).is_some();
    // The name of a workflow is prose.
    let is_prose = condition.claim.eq_ignore_ascii_case("workflow");
    is_exact && !is_prose && has_wildcard(&value.text) && !value.text.contains("${")
}

fn finding(
    statement: &TrustStatement<'_>,
    condition: &ClaimCondition<'_>,
    value: &Text,
    intruder: Option<&Intruder>,
) -> Finding {
    let operator = condition.condition.operator;
    let pattern = pattern_operator(condition).unwrap_or_default();
    let effect = match (statement.is_allow(), operator.base.is_negated()) {
        _ if condition.condition.values.len() > 1 => "it stands for nothing in the list",
        (true, false) => "the statement lets nobody in",
        (true, true) => "the condition keeps nobody out",
        (false, false) => "the statement denies nobody",
        (false, true) => "the condition spares nobody",
    };
    let effect = format!("no token has such a value: {effect}");
    let witness = intruder.map(|it| format!("mind whom the pattern lets in: {}", witness(it)));
    Finding {
        code: Code::known("trust/wildcard-in-string-equals"),
        severity: Severity::Error,
        confidence: Confidence::High,
        message: format!(
            "`{}` takes `{}` as it is, wildcard and all",
            operator.base.as_str(),
            shown(&value.text)
        ),
        primary: Label::new(value.span, "no pattern here"),
        related: vec![Label::new(condition.condition.span, "the key")],
        notes: std::iter::once(effect).chain(witness).collect(),
        help: format!(
            "write `\"{pattern}\": {{\"{}\": \"{}\"}}`, or the value in full",
            condition.condition.key,
            shown(&value.text)
        ),
    }
}

/// The operator that has wildcards, for one that has none.
fn pattern_operator(condition: &ClaimCondition<'_>) -> Option<&'static str> {
    match condition.condition.operator.base {
        BaseOperator::StringEquals | BaseOperator::StringEqualsIgnoreCase => Some("StringLike"),
        BaseOperator::StringNotEquals | BaseOperator::StringNotEqualsIgnoreCase => {
            Some("StringNotLike")
        }
        _ => None,
    }
}

/// Whom the value lets in once it is a pattern.
fn as_pattern(
    room: &Room<'_>,
    statement: &TrustStatement<'_>,
    condition: &ClaimCondition<'_>,
    value: &Text,
) -> Option<Intruder> {
    let mut mended: Document = room.document.clone();
    let mended_statement = mended.statements.get_mut(statement.index)?;
    let span = condition.condition.span;
    let own = mended_statement
        .conditions
        .iter_mut()
        .find(|it| it.span == span)?;
    own.operator.base = match own.operator.base {
        BaseOperator::StringEquals | BaseOperator::StringEqualsIgnoreCase => {
            BaseOperator::StringLike
        }
        other => other,
    };
    let statements = trust_statements(&mended);
    let changed = statements.iter().find(|it| it.index == statement.index)?;
    let found = Search::new(&mended).statement(changed);
    found.into_iter().find(|it| it.span == value.span)
}

/// Each witness compiles the document again; the first are enough to learn from.
const MAX_WITNESSES: usize = 8;

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings, findings_in, statement};
    use serde_json::json;

    #[test]
    fn a_star_is_a_star() {
        let condition = json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme/app:*",
        } });
        insta::assert_snapshot!(findings(GITHUB, &condition), @r#"
    error[trust/wildcard-in-string-equals] (high): `StringEquals` takes `repo:acme/app:*` as it is, wildcard and all
      at "repo:acme/app:*" no pattern here
      at "token.actions.githubusercontent.com:sub" the key
    note: no token has such a value: the statement lets nobody in
    note: mind whom the pattern lets in: a token with sub `repo:acme/app:pull_request` passes: it may be of any pull request
    help: write `"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/app:*"}`, or the value in full
    "#);
    }

    #[test]
    fn a_deny_spares_nobody() {
        let condition = json!({ "StringNotEquals": { format!("{GITHUB}:sub"): "repo:acme/app:ref:refs/tags/*" } });
        let mut deny = statement(GITHUB, &condition);
        deny["Effect"] = json!("Deny");
        insta::assert_snapshot!(findings_in(&deny), @r#"
    error[trust/wildcard-in-string-equals] (high): `StringNotEquals` takes `repo:acme/app:ref:refs/tags/*` as it is, wildcard and all
      at "repo:acme/app:ref:refs/tags/*" no pattern here
      at "token.actions.githubusercontent.com:sub" the key
    note: no token has such a value: the condition spares nobody
    help: write `"StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/tags/*"}`, or the value in full
    "#);
    }

    #[test]
    fn a_pattern_under_string_like_is_silent() {
        let condition = json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): "repo:acme@1/app@2:ref:refs/tags/v*" },
        });
        assert_eq!(findings(GITHUB, &condition), "");
    }
}
