//! `policy/missing-version`, `policy/variable-in-old-version`: documents that are read by the rules of
//! 2008.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Version": without the element it is `2008-10-17`,
//! and "features such as policy variables" are text there.

use hallpass_diag::{Code, Finding, Label, Severity, Span};

use super::say::{found, quoted};
use super::seen::Seen;
use crate::syntax::{Statement, Text};
use crate::variable::{Piece, Special, pieces};

pub(super) fn check(seen: &Seen<'_>, findings: &mut Vec<Finding>) {
    if seen.has_variables() {
        return;
    }
    let before = findings.len();
    let statements = seen.document.statements().iter();
    for text in statements
        .flat_map(texts)
        .filter(|text| has_variable(&text.text))
    {
        findings.push(found(
            Code::known("policy/variable-in-old-version"),
            Severity::Error,
            format!(
                "{} is no variable here: the document has no version `2012-10-17`",
                quoted(&text.text)
            ),
            Label::new(text.span, "read as it stands"),
            "write `\"Version\": \"2012-10-17\"` at the document's start",
        ));
    }
    if seen.document.version().is_none() && findings.len() == before {
        findings.push(found(
            Code::known("policy/missing-version"),
            Severity::Note,
            "the document has no `Version`, so that it is read as one of 2008",
            Label::new(Span::default(), ""),
            "write `\"Version\": \"2012-10-17\"` at the document's start",
        ));
    }
}

fn texts(statement: &Statement) -> impl Iterator<Item = &Text> {
    let resources = statement.resource.iter().flat_map(|it| &it.value);
    resources.chain(statement.conditions.iter().flat_map(|it| &it.values))
}

/// Whether the text would have a variable, or the escape of a wildcard, in a document of 2012.
fn has_variable(text: &str) -> bool {
    let read = |variables| {
        pieces(
            text,
            Special {
                wildcards: false,
                variables,
            },
        )
    };
    let is_variable = |piece: &Piece| matches!(piece, Piece::Variable { .. });
    text.contains("${") && (read(true).iter().any(is_variable) || read(true) != read(false))
}

#[cfg(test)]
mod tests {
    use super::super::tried::places_in;
    use crate::policy::PolicyKind::Identity;

    fn found(code: &str, version: &str, resource: &str) -> Vec<String> {
        let text = format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}"}}}}"#
        );
        places_in(code, Identity, &text)
    }

    #[test]
    fn variables_need_the_version_of_2012() {
        let code = "policy/variable-in-old-version";
        let (home, plain) = ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/$x{y}");
        for version in ["", r#""Version":"2008-10-17","#] {
            assert_eq!(found(code, version, home), [format!("\"{home}\"")]);
            assert_eq!(found(code, version, "arn:aws:s3:::b/${*}").len(), 1);
            assert!(found(code, version, plain).is_empty());
        }
        assert!(found(code, r#""Version":"2012-10-17","#, home).is_empty());
    }

    #[test]
    fn a_missing_version_is_a_note_once() {
        let code = "policy/missing-version";
        assert_eq!(found(code, "", "*").len(), 1);
        assert!(found(code, "", "arn:aws:s3:::${aws:username}").is_empty());
        assert!(found(code, r#""Version":"2008-10-17","#, "*").is_empty());
        assert!(found(code, r#""Version":"2012-10-17","#, "*").is_empty());
    }
}
