//! `policy/unknown-condition-key`, `policy/key-not-offered`: keys that no request of the statement has.
//!
//! Source: Service Authorization Reference, as `crate::services` has it; IAM User Guide, "AWS global
//! condition context keys" and "IAM and AWS STS condition context keys": keys of a provider's token are
//! there while a role is assumed, "available in session" only those of the providers listed there.

use std::collections::BTreeSet;

use hallpass_diag::{Code, Confidence, Finding, Label, Severity, Span};

use super::say::{found, quoted};
use super::seen::Seen;
use super::unknown_action::age;
use crate::policy::PolicyKind;
use crate::services::{Action, KeyKnowledge, condition_key};
use crate::syntax::{Condition, Statement};
use crate::trust::trust_statements;

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    let claims = claims(seen);
    for statement in seen.document.statements() {
        let actions = seen.actions(statement);
        let conditions = statement.conditions.iter();
        for condition in conditions.filter(|it| !claims.contains(&it.span)) {
            findings.extend(finding(seen.kind, statement, &actions, condition));
        }
    }
}

/// Where a trust policy has keys of its providers' claims: the rules of trust policies are for them.
fn claims(seen: &Seen<'_>) -> BTreeSet<Span> {
    if seen.kind != PolicyKind::Trust {
        return BTreeSet::new();
    }
    trust_statements(seen.document)
        .iter()
        .flat_map(|statement| &statement.claims)
        .map(|claim| claim.condition.span)
        .collect()
}

/// What is known of a condition's key for any of a statement's actions: the most that is known.
pub(super) fn known(actions: &[&Action], key: &str) -> KeyKnowledge {
    let of_none = condition_key(None, key);
    let is_by_action = match of_none {
        KeyKnowledge::Federated(_) | KeyKnowledge::Global(_) => false,
        KeyKnowledge::Service { .. }
        | KeyKnowledge::Unknown { .. }
        | KeyKnowledge::UnknownService => true,
    };
    let mut best = of_none;
    for action in actions.iter().take(MOST_ACTIONS).filter(|_| is_by_action) {
        match condition_key(Some(&action.to_string()), key) {
            listed @ KeyKnowledge::Service {
                is_listed: Some(true),
                ..
            } => return listed,
            other @ KeyKnowledge::Service { .. } => best = other,
            KeyKnowledge::Federated(_)
            | KeyKnowledge::Global(_)
            | KeyKnowledge::Unknown { .. }
            | KeyKnowledge::UnknownService => {}
        }
    }
    best
}

fn finding(
    kind: PolicyKind,
    statement: &Statement,
    actions: &[&Action],
    condition: &Condition,
) -> Option<Finding> {
    let key = condition.key.as_str();
    let label = |text: &str| Label::new(condition.span, text);
    match known(actions, key) {
        KeyKnowledge::Global(_) => None,
        KeyKnowledge::Federated(_) => {
            // A resource control policy and that of a network endpoint look alike, and are asked
            // while a role is assumed.
            let is_assuming = kind == PolicyKind::Resource
                && actions.iter().any(|action| action.service() == "sts");
            claim_outside_trust(kind, condition).filter(|_| !is_assuming)
        }
        KeyKnowledge::Service { is_listed, .. } => {
            let has_all = actions.len() <= MOST_ACTIONS
                && statement.action.as_ref().is_some_and(|it| !it.is_negated);
            (is_listed == Some(false) && has_all).then(|| {
                let mut finding = found(
                    Code::known("policy/key-not-offered"),
                    Severity::Note,
                    format!("no action of the statement is listed with the key {}", quoted(key)),
                    label("not in these requests"),
                    "give the actions that have the key a statement of their own, or take another key",
                );
                finding.confidence = Confidence::Medium;
                finding
            })
        }
        KeyKnowledge::Unknown { nearest } => {
            let help = nearest.map_or_else(
                || "see the service's keys in the Service Authorization Reference".to_owned(),
                |nearest| format!("if it is meant, write `{nearest}`"),
            );
            let message = format!("no condition key {} is known", quoted(key));
            let code = Code::known("policy/unknown-condition-key");
            let mut finding = found(code, Severity::Warning, message, label("unknown key"), help);
            if nearest.is_none() {
                finding.confidence = Confidence::Medium;
            }
            finding.notes = vec![consequence(condition).to_owned(), age()];
            Some(finding)
        }
        // Whether a key is of an issuer that the policy trusts, the rules of trust policies say.
        KeyKnowledge::UnknownService if kind == PolicyKind::Trust => None,
        KeyKnowledge::UnknownService => {
            let message = format!(
                "no service or issuer is known that the key {} is of",
                quoted(key)
            );
            let mut finding = found(
                Code::known("policy/unknown-condition-key"),
                Severity::Note,
                message,
                label("cannot be checked"),
                "check the part before the colon: a service's prefix, `aws`, or an issuer without `https://`",
            );
            finding.confidence = Confidence::Low;
            Some(finding)
        }
    }
}

/// What becomes of a condition whose key is never there.
fn consequence(condition: &Condition) -> &'static str {
    let test = crate::condition::Test::new(condition, true);
    match test.met(&crate::context::Context::new()) {
        crate::condition::Met::Yes => {
            "a condition of this operator on a key that is never there always holds"
        }
        crate::condition::Met::CannotTell | crate::condition::Met::No => {
            "a condition of this operator on a key that is never there never holds"
        }
    }
}

fn claim_outside_trust(kind: PolicyKind, condition: &Condition) -> Option<Finding> {
    match kind {
        // The rules of trust policies judge claims there; a resource control policy may see them.
        PolicyKind::ResourceControl | PolicyKind::Trust => return None,
        PolicyKind::Boundary
        | PolicyKind::Identity
        | PolicyKind::Resource
        | PolicyKind::ServiceControl
        | PolicyKind::Session => {}
    }
    let key = condition.key.to_ascii_lowercase();
    let is_in_session = IN_SESSION.iter().any(|provider| key.starts_with(provider));
    (!is_in_session).then(|| {
        let mut finding = found(
            Code::known("policy/key-not-offered"),
            Severity::Warning,
            format!(
                "{} is there while a role is assumed, and in no request of its session",
                quoted(&condition.key)
            ),
            Label::new(condition.span, "not in these requests"),
            "put the condition into the role's trust policy",
        );
        finding.notes = vec![consequence(condition).to_owned()];
        finding
    })
}

/// "Available in session".
const IN_SESSION: &[&str] = &[
    "accounts.google.com:",
    "cognito-identity.amazonaws.com:",
    "graph.facebook.com:",
    "saml:",
    "www.amazon.com:",
];

/// A statement of more actions is about whole services: one of them will have the key.
const MOST_ACTIONS: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tried::{allow_if, places, said};
    use crate::policy::PolicyKind::{Identity, Resource, Trust};

    #[test]
    fn an_unknown_key_is_named_with_its_nearest() {
        let statement = allow_if(
            "ecr:PutImage",
            json!({ "StringEquals": { "aws:PrincipalOrgId": "o-1", "aws:PrincipleOrgID": "o-1" } }),
        );
        assert_eq!(
            places("policy/unknown-condition-key", Identity, &statement),
            ["\"aws:PrincipleOrgID\""]
        );
        assert!(
            said("policy/unknown-condition-key", Identity, &statement)
                .ends_with("if it is meant, write `aws:PrincipalOrgID`")
        );
        let other = allow_if(
            "ecr:PutImage",
            json!({ "StringEquals": { "brandnew:Key": "x" } }),
        );
        assert!(said("policy/unknown-condition-key", Identity, &other).starts_with("note: "));
    }

    #[test]
    fn a_key_of_other_actions_is_a_note() {
        let put = allow_if(
            "ecr:PutImage",
            json!({ "StringEquals": { "ecr:ResourceTag/team": "x" } }),
        );
        assert!(places("policy/key-not-offered", Identity, &put).is_empty());
        let wrong = allow_if(
            "ecr:PutImage",
            json!({ "StringEquals": { "s3:prefix": "x" } }),
        );
        assert_eq!(
            places("policy/key-not-offered", Identity, &wrong),
            ["\"s3:prefix\""]
        );
        let some = allow_if("s3:*", json!({ "StringEquals": { "s3:prefix": "x" } }));
        assert!(places("policy/key-not-offered", Identity, &some).is_empty());
    }

    #[test]
    fn claims_belong_to_trust_policies() {
        let key = "token.actions.githubusercontent.com:sub";
        let statement = allow_if(
            "ecr:PutImage",
            json!({ "StringEquals": { key: "repo:a/b:pull_request" } }),
        );
        assert_eq!(
            places("policy/key-not-offered", Identity, &statement),
            [format!("\"{key}\"")]
        );
        assert!(places("policy/key-not-offered", Trust, &statement).is_empty());
        let control = json!({
            "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*",
            "Condition": { "StringNotLikeIfExists": { key: "repo:acme/*" } },
        });
        assert!(places("policy/key-not-offered", Resource, &control).is_empty());
        let cognito = allow_if(
            "s3:GetObject",
            json!({ "StringEquals": { "cognito-identity.amazonaws.com:sub": "x" } }),
        );
        assert!(places("policy/key-not-offered", Identity, &cognito).is_empty());
    }
}
