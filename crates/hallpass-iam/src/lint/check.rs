//! All rules, one after the other.

use hallpass_diag::Finding;

use super::seen::Seen;
use crate::policy::PolicyKind;
use crate::syntax::{Document, Statement};

/// What the rules find in a document, in the order in which it stands there. Without a kind, the
/// document's form tells what it is.
pub fn check(document: &Document, kind: Option<PolicyKind>) -> Vec<Finding> {
    let kind = kind.unwrap_or_else(|| kind_of(document));
    let seen = Seen { document, kind };
    let mut findings = Vec::new();
    for rule in RULES {
        rule(&seen, &mut findings);
    }
    findings.sort_by_key(|finding| finding.primary.span);
    findings
}

/// What a document is for: one with principals belongs to a resource, and to a role if it is about
/// STS alone.
pub fn kind_of(document: &Document) -> PolicyKind {
    let statements = document.statements();
    let has_principal = statements.iter().any(|it| it.principal.is_some());
    let is_about_sts = |statement: &Statement| {
        let mut actions = statement.action.iter().flat_map(|element| &element.value);
        statement.resource.is_none()
            && actions.all(|action| action.text.to_ascii_lowercase().starts_with("sts:"))
    };
    match has_principal {
        false => PolicyKind::Identity,
        true if statements.iter().all(is_about_sts) => PolicyKind::Trust,
        true => PolicyKind::Resource,
    }
}

type Rule = fn(&Seen<'_>, &mut Vec<Finding>);

const RULES: &[Rule] = &[];
