//! Findings as the tests of the rules read them.

use std::fmt::Write as _;

use hallpass_diag::Finding;
use serde_json::{Value, json};

use crate::lint::check;
use crate::policy::PolicyKind;
use crate::syntax::Document;

pub(super) const GITHUB: &str = "token.actions.githubusercontent.com";
pub(super) const CLUSTER: &str =
    "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";

/// The findings in a trust of one issuer, under a condition.
pub(super) fn findings(issuer: &str, condition: &Value) -> String {
    findings_in(&statement(issuer, condition))
}

/// The findings in a document of these statements.
pub(super) fn findings_in(statements: &Value) -> String {
    let text = document(statements);
    let document = Document::parse(&text).unwrap();
    let found = check(&document, Some(PolicyKind::Trust));
    found
        .iter()
        .map(|finding| rendered(&text, finding))
        .collect()
}

pub(super) fn statement(issuer: &str, condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

fn document(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn rendered(text: &str, finding: &Finding) -> String {
    let Finding {
        code,
        severity,
        confidence,
        message,
        primary,
        related,
        notes,
        help,
    } = finding;
    for said in [message, help].into_iter().chain(notes) {
        assert!(!said.ends_with('.') && !said.contains('\n'), "{said}");
    }
    let mut out = String::new();
    let (severity, confidence) = (severity.as_str(), confidence.as_str());
    writeln!(out, "{severity}[{code}] ({confidence}): {message}").unwrap();
    for label in std::iter::once(primary).chain(related) {
        let place = text.get(label.span.start..label.span.end).unwrap();
        writeln!(out, "  at {place} {}", label.text).unwrap();
    }
    for note in notes {
        writeln!(out, "note: {note}").unwrap();
    }
    writeln!(out, "help: {help}").unwrap();
    out
}
