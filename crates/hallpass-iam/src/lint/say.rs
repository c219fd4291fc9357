//! How rules say what they found.

use hallpass_diag::{Code, Confidence, Finding, Label, Severity};

use crate::syntax::Statement;

/// A finding that follows from the document.
pub(super) fn found(
    code: Code,
    severity: Severity,
    message: impl Into<String>,
    primary: Label,
    help: impl Into<String>,
) -> Finding {
    Finding {
        code,
        severity,
        confidence: Confidence::High,
        message: message.into(),
        primary,
        related: Vec::new(),
        notes: Vec::new(),
        help: help.into(),
    }
}

/// At most five words in backticks, then a count.
pub(super) fn listed(words: &[&str]) -> String {
    let shown: Vec<String> = words.iter().take(5).map(|word| quoted(word)).collect();
    match (shown.split_last(), words.len().saturating_sub(5)) {
        (None, _) => String::new(),
        (Some((last, [])), _) => last.clone(),
        (Some((last, rest)), 0) => format!("{} and {last}", rest.join(", ")),
        (Some(_), more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A word of the document as a message repeats it: enough to find it by.
pub(super) fn quoted(word: &str) -> String {
    match word.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("`{}...`", word.get(..at).unwrap_or_default()),
        None => format!("`{word}`"),
    }
}

/// `statement 2`, or by its `Sid`.
pub(super) fn name_of(statement: &Statement, number: usize) -> String {
    match &statement.sid {
        Some(sid) => quoted(sid),
        None => format!("statement {number}"),
    }
}

// Enough for any ARN of a repository or role.
const MAX_SHOWN: usize = 160;
