//! `trust/for-all-values`: a condition that a token without the claim meets.
//!
//! Source: IAM User Guide, "Multivalued context keys": `ForAllValues` "also returns true if there are no
//! context keys in the request"; "don't use it with an Allow effect" for keys with one value.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::{Room, witness};
use crate::intruder::{Intruder, Intrusion};
use crate::operator::{Operator, Qualifier};
use crate::trust::{ClaimCondition, TrustStatement};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in room.allows() {
        for claim in &statement.claims {
            let operator = claim.condition.operator;
            if operator.qualifier != Some(Qualifier::ForAllValues) || !is_known(statement, claim) {
                continue;
            }
            let plain = Operator {
                qualifier: claim
                    .claim
                    .eq_ignore_ascii_case("amr")
                    .then_some(Qualifier::ForAnyValue),
                is_if_exists: false,
                ..operator
            };
            let code = Code::known("trust/for-all-values");
            findings.push(gap(code, statement, claim, plain, room));
        }
    }
}

/// The finding that a token without the claim meets the condition; `plain` is the operator that asks for it.
pub(super) fn gap(
    code: Code,
    statement: &TrustStatement<'_>,
    claim: &ClaimCondition<'_>,
    plain: Operator,
    room: &Room<'_>,
) -> Finding {
    let operator = claim.condition.operator;
    let intruder = room.intruder_at(claim.condition.span);
    Finding {
        code,
        severity: severity(statement, claim, intruder),
        confidence: Confidence::High,
        message: format!("`{operator}` is met by a token without `{}`", claim.claim),
        primary: Label::new(claim.condition.span, "true where the claim is absent"),
        related: Vec::new(),
        notes: vec![note(claim, intruder)],
        help: format!("put the key under `{plain}`"),
    }
}

/// Whether the claim is a key of the statement's own provider; of others, other rules speak.
pub(super) fn is_known(statement: &TrustStatement<'_>, claim: &ClaimCondition<'_>) -> bool {
    let provider = claim
        .provider
        .and_then(|index| statement.providers.get(index));
    provider.is_some_and(|provider| provider.offers(claim.claim))
}

/// An intruder walks in, or IAM would not store the policy; otherwise the gap is there, and no token fits
/// through it.
fn severity(
    statement: &TrustStatement<'_>,
    claim: &ClaimCondition<'_>,
    intruder: Option<&Intruder>,
) -> Severity {
    let provider = statement.provider_of(claim);
    let conditions = &statement.statement.conditions;
    let is_guarded = provider.is_none_or(|provider| provider.is_guarded(conditions));
    if intruder.is_some() || !is_guarded {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn note(claim: &ClaimCondition<'_>, intruder: Option<&Intruder>) -> String {
    let absent = intruder.filter(|it| matches!(it.why, Intrusion::Absent { .. }));
    if let Some(intruder) = absent {
        return witness(intruder);
    }
    let claim = claim.claim;
    if ["aud", "sub"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(claim))
    {
        return format!(
            "a request without `{claim}` would pass; STS takes no token without it, so the gap is closed elsewhere, not here"
        );
    }
    format!("a token without `{claim}` passes, if all else is as the policy wants it")
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{GITHUB, findings};
    use serde_json::json;

    #[test]
    fn absence_meets_it() {
        let condition = json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "ForAllValues:StringEquals": { format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod" },
        });
        insta::assert_snapshot!(findings(GITHUB, &condition), @r#"
    error[trust/for-all-values] (high): `ForAllValues:StringEquals` is met by a token without `sub`
      at "token.actions.githubusercontent.com:sub" true where the claim is absent
    note: a request without `sub` would pass; STS takes no token without it, so the gap is closed elsewhere, not here
    help: put the key under `StringEquals`
    "#);
        let condition = json!({
            "StringEquals": {
                format!("{GITHUB}:aud"): "sts.amazonaws.com",
                format!("{GITHUB}:sub"): "repo:acme@1/app@2:ref:refs/heads/main",
            },
            "ForAllValues:StringEquals": { format!("{GITHUB}:environment"): "prod" },
        });
        insta::assert_snapshot!(findings(GITHUB, &condition), @r#"
    error[trust/for-all-values] (high): `ForAllValues:StringEquals` is met by a token without `environment`
      at "token.actions.githubusercontent.com:environment" true where the claim is absent
    note: a token with sub `repo:acme@1/app@2:ref:refs/heads/main` passes: it has no `environment`
    help: put the key under `StringEquals`
    "#);
    }

    #[test]
    fn a_plain_operator_and_any_value_are_silent() {
        for qualifier in ["", "ForAnyValue:"] {
            let condition = json!({
                "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
                format!("{qualifier}StringLike"): { format!("{GITHUB}:sub"): "repo:acme@1/app@2:ref:refs/tags/v*" },
            });
            let found = findings(GITHUB, &condition);
            assert!(!found.contains("trust/"), "{qualifier}: {found}");
        }
    }
}
