//! `trust/wrong-issuer-in-condition`: a condition on the claims of another issuer than the principal's.
//!
//! Source: IAM User Guide, "IAM and AWS STS condition context keys", available keys for AWS OIDC
//! federation: a key is the provider's URL without scheme, a colon, the claim. Keys are compared without
//! case, so case is no fault here.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::difference::marked;
use super::room::{Room, shown};
use crate::trust::{ClaimCondition, Provider, TrustStatement};

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    for statement in &room.statements {
        let foreign = statement.claims.iter().filter(|it| it.provider.is_none());
        findings.extend(foreign.filter_map(|claim| misspelt(statement, claim)));
        findings.extend(mixed(statement));
    }
}

/// A key that none of the statement's providers has.
fn misspelt(statement: &TrustStatement<'_>, claim: &ClaimCondition<'_>) -> Option<Finding> {
    let (_, provider) = statement
        .oidc()
        .max_by_key(|(_, provider)| likeness(provider.name, claim.issuer))?;
    let (found, wanted) = marked(&shown(claim.issuer), &shown(provider.name));
    Some(Finding {
        code: Code::known("trust/wrong-issuer-in-condition"),
        severity: Severity::Error,
        confidence: Confidence::High,
        message: format!(
            "the key is of another issuer than the principal: {}",
            slip(claim.issuer, provider)
        ),
        primary: Label::new(claim.condition.span, "no token of the principal has it"),
        related: vec![Label::new(provider.text.span, "the principal")],
        notes: vec![
            format!("the key has `{found}`, the principal `{wanted}`"),
            effect(statement, claim).to_owned(),
        ],
        help: format!("write `\"{}:{}\"`", provider.name, claim.claim),
    })
}

/// What a condition does whose key is never there.
pub(super) fn effect(statement: &TrustStatement<'_>, claim: &ClaimCondition<'_>) -> &'static str {
    match (statement.is_allow(), claim.is_met_by_absence()) {
        (true, false) => "the condition is never met: the statement lets nobody in",
        (true, true) => "the condition is always met: it keeps nobody out",
        (false, false) => "the condition is never met: the statement denies nobody",
        (false, true) => "the condition is always met: it spares nobody",
    }
}

fn slip(found: &str, provider: &Provider<'_>) -> &'static str {
    let bare = found.split_once("://").map_or(found, |(_, bare)| bare);
    if bare == provider.name {
        "keys have no scheme"
    } else if found.trim_end_matches('/') == provider.name.trim_end_matches('/') {
        "they differ in a slash at the end"
    } else if found == "*" {
        "keys take no wildcard"
    } else {
        "they differ in the characters marked below"
    }
}

fn likeness(left: &str, right: &str) -> usize {
    let common =
        |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    common(&mut left.bytes().zip(right.bytes()))
        + common(&mut left.bytes().rev().zip(right.bytes().rev()))
}

/// Conditions on tokens of two issuers at once: a token has one.
fn mixed(statement: &TrustStatement<'_>) -> Option<Finding> {
    let mut insisting = statement
        .claims
        .iter()
        .filter(|it| statement.is_allow() && it.provider.is_some() && !it.is_met_by_absence());
    let first = insisting.next()?;
    let other = insisting.find(|it| it.provider != first.provider)?;
    Some(Finding {
        code: Code::known("trust/wrong-issuer-in-condition"),
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "conditions on tokens of two issuers in one statement: a token has one issuer"
            .to_owned(),
        primary: Label::new(other.condition.span, "of one issuer"),
        related: vec![Label::new(first.condition.span, "of another")],
        notes: vec!["all conditions of a statement must be met: it lets nobody in".to_owned()],
        help: "write a statement for each provider, with its own conditions".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, GITHUB, findings, findings_in, statement};
    use serde_json::json;

    fn under(issuer: &str) -> String {
        let condition = json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{issuer}:sub"): "system:serviceaccount:ci:runner",
        } });
        findings(CLUSTER, &condition)
    }

    #[test]
    fn the_characters_that_differ_are_shown() {
        insta::assert_snapshot!(under(&CLUSTER.replace("D539", "D593")), @r#"
    error[trust/wrong-issuer-in-condition] (high): the key is of another issuer than the principal: they differ in the characters marked below
      at "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED593D4633E53DE1B71EXAMPLE:sub" no token of the principal has it
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" the principal
    note: the key has `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED5[93]D4633E53DE1B71EXAMPLE`, the principal `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED5[39]D4633E53DE1B71EXAMPLE`
    note: the condition is never met: the statement lets nobody in
    help: write `"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub"`
    "#);
        insta::assert_snapshot!(under(&format!("https://{CLUSTER}")), @r#"
    error[trust/wrong-issuer-in-condition] (high): the key is of another issuer than the principal: keys have no scheme
      at "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub" no token of the principal has it
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" the principal
    note: the key has `[https://]oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE`, the principal `[]oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE`
    note: the condition is never met: the statement lets nobody in
    help: write `"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub"`
    "#);
        insta::assert_snapshot!(under(&format!("{CLUSTER}/")), @r#"
    error[trust/wrong-issuer-in-condition] (high): the key is of another issuer than the principal: they differ in a slash at the end
      at "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE/:sub" no token of the principal has it
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" the principal
    note: the key has `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE[/]`, the principal `oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE[]`
    note: the condition is never met: the statement lets nobody in
    help: write `"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub"`
    "#);
        insta::assert_snapshot!(under("*"), @r#"
    error[trust/wrong-issuer-in-condition] (high): the key is of another issuer than the principal: keys take no wildcard
      at "*:sub" no token of the principal has it
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" the principal
    note: the key has `[*]`, the principal `[oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE]`
    note: the condition is never met: the statement lets nobody in
    help: write `"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub"`
    "#);
    }

    #[test]
    fn what_absence_meets_keeps_nobody_out() {
        let condition = json!({
            "StringEquals": {
                format!("{CLUSTER}:aud"): "sts.amazonaws.com",
                format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
            },
            "StringNotEquals": { "oidc.eks.eu-west-1.amazonaws.com/id/X:sub": "system:serviceaccount:ci:x" },
        });
        insta::assert_snapshot!(findings(CLUSTER, &condition), @r#"
    error[trust/wrong-issuer-in-condition] (high): the key is of another issuer than the principal: they differ in the characters marked below
      at "oidc.eks.eu-west-1.amazonaws.com/id/X:sub" no token of the principal has it
      at "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE" the principal
    note: the key has `oidc.eks.eu-west-1.amazonaws.com/id/[X]`, the principal `oidc.eks.eu-west-1.amazonaws.com/id/[EXAMPLED539D4633E53DE1B71EXAMPLE]`
    note: the condition is always met: it keeps nobody out
    help: write `"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub"`
    "#);
    }

    #[test]
    fn a_token_has_one_issuer() {
        let condition = json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme@1/app@2:environment:prod",
        } });
        let mut both = statement(CLUSTER, &condition);
        both["Principal"]["Federated"] = json!([
            format!("arn:aws:iam::111122223333:oidc-provider/{CLUSTER}"),
            format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}"),
        ]);
        insta::assert_snapshot!(findings_in(&both), @r#"
    error[trust/wrong-issuer-in-condition] (high): conditions on tokens of two issuers in one statement: a token has one issuer
      at "token.actions.githubusercontent.com:aud" of one issuer
      at "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:aud" of another
    note: all conditions of a statement must be met: it lets nobody in
    help: write a statement for each provider, with its own conditions
    "#);
    }

    #[test]
    fn the_same_issuer_is_silent_whatever_its_case() {
        assert_eq!(under(CLUSTER), "");
        assert_eq!(under(&CLUSTER.to_lowercase()), "");
    }
}
