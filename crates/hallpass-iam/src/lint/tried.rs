//! What the tests of rules share: a document, and what a rule says of it.

use hallpass_diag::Finding;
use serde_json::{Value, json};

use super::check;
use crate::policy::PolicyKind;
use crate::syntax::Document;

/// What the rule says of statements: the text that each finding is about.
pub(super) fn places(code: &str, kind: PolicyKind, statements: &Value) -> Vec<String> {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    places_in(code, kind, &text)
}

/// The same for a whole document.
pub(super) fn places_in(code: &str, kind: PolicyKind, text: &str) -> Vec<String> {
    let findings = findings(code, kind, text);
    let place = |finding: &Finding| {
        let span = finding.primary.span;
        text.get(span.start..span.end).unwrap().to_owned()
    };
    findings.iter().map(place).collect()
}

/// What the rule says, in a line for each finding.
pub(super) fn said(code: &str, kind: PolicyKind, statements: &Value) -> String {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let lines: Vec<String> = findings(code, kind, &text)
        .iter()
        .map(|finding| {
            let severity = finding.severity.as_str();
            let notes = finding.notes.join("; ");
            format!("{severity}: {}; {notes}; {}", finding.message, finding.help)
        })
        .collect();
    lines.join("\n")
}

/// The findings of a rule.
pub(super) fn findings(code: &str, kind: PolicyKind, text: &str) -> Vec<Finding> {
    let document = Document::parse(text).unwrap();
    let mut findings = check(&document, Some(kind));
    findings.retain(|finding| finding.code.as_str() == code);
    findings
}

/// An allowing statement.
pub(super) fn allow(action: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Allow", "Action": action.into(), "Resource": resource.into() })
}

/// An allowing statement under conditions.
#[expect(clippy::needless_pass_by_value, reason = "callers write it in place")]
pub(super) fn allow_if(action: &str, condition: Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition })
}
