//! All rules, one after the other.

use hallpass_diag::Finding;

use super::seen::Seen;
use super::{
    condition_keys, contradiction, for_all_values, grammar, if_exists, never_matches, old_version,
    operator_type, over_broad, quota, registry_login, registry_push, repository_arn, resource,
    set_operator, statements, trust, unknown_action, wildcard,
};
use crate::policy::PolicyKind;
use crate::syntax::{Document, Principals, Statement};

/// What the rules find in a document, in the order in which it stands there. Without a kind, the
/// document's form tells what it is.
pub fn check(document: &Document, kind: Option<PolicyKind>) -> Vec<Finding> {
    let kind = kind.unwrap_or_else(|| kind_of(document));
    let seen = Seen::new(document, kind);
    let is_possible = document.quota_length() <= LARGEST;
    let further = RULES.iter().filter(|_| is_possible);
    let mut findings = Vec::new();
    for rule in ALWAYS.iter().chain(further) {
        rule(&seen, &mut findings);
    }
    findings.sort_by_key(|finding| (finding.primary.span, finding.code.clone()));
    findings
}

/// What a document is for: one with principals belongs to a resource, and to a role if it is about
/// STS alone.
pub fn kind_of(document: &Document) -> PolicyKind {
    let statements = document.statements();
    let has_principal = statements.iter().any(|it| it.principal.is_some());
    let is_about_sts = |statement: &Statement| {
        let mut actions = statement.action.iter().flat_map(|element| &element.value);
        // With a resource it may be the policy of a network endpoint, but for a provider's tokens.
        (statement.resource.is_none() || is_about_tokens(statement))
            && actions.all(|action| action.text.to_ascii_lowercase().starts_with("sts:"))
    };
    match has_principal {
        false => PolicyKind::Identity,
        true if statements.iter().all(is_about_sts) => PolicyKind::Trust,
        true => PolicyKind::Resource,
    }
}

fn is_about_tokens(statement: &Statement) -> bool {
    let principal = statement.principal.as_ref().map(|element| &element.value);
    matches!(principal, Some(Principals::Listed { federated, .. }) if !federated.is_empty())
}

type Rule = fn(&Seen<'_>, &mut Vec<Finding>);

/// Their cost is that of reading the document.
const ALWAYS: &[Rule] = &[grammar::check, quota::check];

/// They compare statements with each other and with what services have.
const RULES: &[Rule] = &[
    condition_keys::check,
    contradiction::check,
    for_all_values::check,
    if_exists::check,
    never_matches::check,
    old_version::check,
    operator_type::check,
    over_broad::check,
    registry_login::check,
    registry_push::check,
    repository_arn::check,
    resource::check,
    set_operator::check,
    statements::check,
    trust::check,
    unknown_action::check,
    wildcard::check,
];

/// No policy that AWS stores is longer than 20,480 characters (a bucket's); of a longer document the
/// quota is all that need be said.
const LARGEST: usize = 20_480;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn kind(statement: &str) -> PolicyKind {
        let text = format!(r#"{{"Statement":{statement}}}"#);
        kind_of(&Document::parse(&text).unwrap())
    }

    #[test]
    fn the_form_tells_the_kind() {
        let allow = r#""Effect":"Allow","Action""#;
        assert_eq!(
            kind(&format!(r#"{{{allow}:"s3:*","Resource":"*"}}"#)),
            PolicyKind::Identity
        );
        let trust = format!(r#"{{{allow}:"sts:AssumeRole","Principal":"*"}}"#);
        assert_eq!(kind(&trust), PolicyKind::Trust);
        let tokens = format!(
            r#"{{{allow}:"sts:*","Principal":{{"Federated":"www.amazon.com"}},"Resource":"*"}}"#
        );
        assert_eq!(kind(&tokens), PolicyKind::Trust);
        let endpoint = format!(r#"{{{allow}:"sts:*","Principal":"*","Resource":"*"}}"#);
        assert_eq!(kind(&endpoint), PolicyKind::Resource);
        let resource = format!(r#"{{{allow}:"ecr:PutImage","Principal":"*"}}"#);
        assert_eq!(kind(&resource), PolicyKind::Resource);
        assert_eq!(kind("[]"), PolicyKind::Identity);
    }

    #[test]
    fn a_document_of_any_size_is_checked_at_once() {
        let statement = r#"{"Effect":"Allow","Action":["*:*a*b*c*","e*2:*e*"],"Resource":"arn:aws:*:*:*:*a*b*"}"#;
        for count in [1, 150, 10_000] {
            let all = vec![statement; count].join(",");
            let document = Document::parse(&format!(r#"{{"Statement":[{all}]}}"#)).unwrap();
            let start = Instant::now();
            let findings = check(&document, None);
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "{count}: {:?}",
                start.elapsed()
            );
            assert!(!findings.is_empty());
        }
    }
}
