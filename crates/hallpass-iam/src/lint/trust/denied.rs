//! `trust/denied`: a `Deny` that takes back all that an `Allow` gives.
//!
//! Source: IAM User Guide, "Policy evaluation logic": an explicit deny overrides any allow.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use super::room::Room;
use crate::context::Context;
use crate::evaluate::{Outcome, PolicySet, decide};
use crate::intruder::Search;
use crate::policy::{Policy, PolicyKind};
use crate::principal::{Caller, account_of};
use crate::request::Request;
use crate::syntax::{Document, Effect, Principals, Statement};
use crate::trust::TrustStatement;

pub(super) fn check(room: &Room<'_>, findings: &mut Vec<Finding>) {
    let denies = denies(room);
    if denies.is_empty() {
        return;
    }
    let search = Search::new(room.document);
    let statements = room.document.statements().iter().enumerate();
    let allows = statements.filter(|(_, it)| it.effect == Effect::Allow);
    for (index, statement) in allows.take(MAX_STATEMENTS) {
        let trusted = room.statements.iter().find(|it| it.index == index);
        let by_token = trusted.and_then(|trusted| {
            let deciding: Vec<(usize, Policy)> = denies
                .iter()
                .filter(|(deny, _)| {
                    room.document
                        .statements()
                        .get(*deny)
                        .is_some_and(|it| rests_on(it, trusted))
                })
                .cloned()
                .collect();
            search.shut_by(trusted, &deciding)
        });
        let Some(deny) = by_token.or_else(|| shut_to_others(room, statement, &denies)) else {
            continue;
        };
        let denying = room.document.statements().get(deny);
        let Some(action) = denying.and_then(|it| it.action.as_ref()) else {
            continue;
        };
        let allowing = statement
            .action
            .as_ref()
            .map_or(statement.span, |action| action.span);
        // Of whom a trust policy shuts out, this says more than a rule for policies of all kinds.
        findings.retain(|it| {
            it.code.as_str() != "policy/unreachable-statement" || it.primary.span != allowing
        });
        findings.push(Finding {
            code: Code::known("trust/denied"),
            severity: Severity::Error,
            confidence: Confidence::High,
            message: format!("statement {deny} denies whomever statement {index} allows"),
            primary: Label::new(action.span, "denied here"),
            related: vec![Label::new(allowing, "allowed here")],
            notes: vec!["a `Deny` overrides every `Allow`".to_owned()],
            help: "take the `Deny` out, or give it a condition that spares who is meant".to_owned(),
        });
    }
}

/// The statements that deny, each by itself.
fn denies(room: &Room<'_>) -> Vec<(usize, Policy)> {
    let statements = room.document.statements().iter().enumerate();
    let denies = statements.filter(|(_, it)| it.effect == Effect::Deny);
    let alone = |statement: &Statement| Document {
        version: room.document.version(),
        id: None,
        statements: vec![statement.clone()],
        length: 0,
    };
    denies
        .take(MAX_STATEMENTS)
        .map(|(index, it)| {
            (
                index,
                Policy::compile("the statement", PolicyKind::Trust, &alone(it)),
            )
        })
        .collect()
}

/// Whether a `Deny` rests on nothing but what the `Allow` gives in full: then the tokens that are meant
/// tell all about it.
fn rests_on(deny: &Statement, allow: &TrustStatement<'_>) -> bool {
    deny.conditions.iter().all(|condition| {
        let mut same = allow
            .claims
            .iter()
            .filter(|it| it.condition.key.eq_ignore_ascii_case(&condition.key));
        same.any(|it| {
            let has_patterns = it.condition.operator.base
                == crate::operator::BaseOperator::StringLike
                && it
                    .condition
                    .values
                    .iter()
                    .any(|value| super::room::has_wildcard(&value.text));
            it.is_positive() && !has_patterns
        })
    })
}

/// A `Deny` without conditions that shuts out each AWS principal and service of the statement.
fn shut_to_others(
    room: &Room<'_>,
    statement: &Statement,
    denies: &[(usize, Policy)],
) -> Option<usize> {
    let principal = statement.principal.as_ref().filter(|it| !it.is_negated)?;
    let Principals::Listed {
        aws,
        service,
        federated,
        ..
    } = &principal.value
    else {
        return None;
    };
    if !federated.is_empty() {
        return None;
    }
    let names: Vec<&str> = aws
        .iter()
        .chain(service)
        .map(|it| it.text.as_str())
        .take(MAX_STATEMENTS)
        .collect();
    let mut unconditional = denies.iter().filter(|(index, _)| {
        let deny = room.document.statements().get(*index);
        deny.is_some_and(|it| it.conditions.is_empty())
    });
    let shut = unconditional
        .find(|(_, policy)| !names.is_empty() && names.iter().all(|name| is_denied(name, policy)));
    shut.map(|(index, _)| *index)
}

fn is_denied(name: &str, policy: &Policy) -> bool {
    let session = session_of(name);
    let caller = match (account_of(name), &session) {
        (Some(account), _) => Caller::AccountRoot { account },
        (None, Some(session_arn)) => Caller::RoleSession {
            session_arn,
            role_arn: name,
        },
        (None, None) if name.starts_with("arn:") => Caller::User { arn: name },
        (None, None) if name.contains('.') => Caller::Service { name },
        (None, None) => return false,
    };
    let request = Request {
        caller,
        action: "sts:AssumeRole",
        resource: "*",
        resource_account: None,
        context: &Context::new(),
    };
    let policies = PolicySet {
        resource: Some(policy),
        ..PolicySet::default()
    };
    decide(&request, &policies) == Outcome::ExplicitDeny
}

/// A session of a role.
fn session_of(role: &str) -> Option<String> {
    let (head, path) = role.split_once(":role/")?;
    let name = path.rsplit('/').next()?;
    Some(format!(
        "{}:assumed-role/{name}/session",
        head.replacen(":iam:", ":sts:", 1)
    ))
}

// A bound on the work for hostile documents.
const MAX_STATEMENTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::rendered::{CLUSTER, findings_in, statement};
    use serde_json::{Value, json};

    fn allow() -> Value {
        statement(
            CLUSTER,
            &json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner",
        } }),
        )
    }

    #[test]
    fn a_deny_takes_back_what_is_allowed() {
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:*" });
        insta::assert_snapshot!(findings_in(&json!([allow(), deny])), @r#"
    error[trust/denied] (high): statement 1 denies whomever statement 0 allows
      at "sts:*" denied here
      at "sts:AssumeRoleWithWebIdentity" allowed here
    note: a `Deny` overrides every `Allow`
    help: take the `Deny` out, or give it a condition that spares who is meant
    "#);
        let mut deny = allow();
        deny["Effect"] = json!("Deny");
        assert!(findings_in(&json!([allow(), deny])).contains("trust/denied"));
        let role = json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/a/x" }, "Action": "sts:AssumeRole" });
        let deny = json!({ "Effect": "Deny", "Principal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole" });
        assert!(findings_in(&json!([role, deny])).contains("trust/denied"));
    }

    #[test]
    fn a_deny_that_spares_who_is_meant_is_silent() {
        let mut deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:*" });
        for condition in [
            json!({ "StringNotEquals": { format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner" } }),
            json!({ "NotIpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
        ] {
            deny["Condition"] = condition;
            assert_eq!(findings_in(&json!([allow(), deny])), "");
        }
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:TagSession" });
        assert_eq!(findings_in(&json!([allow(), deny])), "");
    }
}
