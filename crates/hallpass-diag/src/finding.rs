//! A finding: a rule that fired on an input, as a value.

use crate::code::Code;
use crate::span::Span;

/// What a rule says of an input. Rendering is the CLI's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that bear on it.
    pub related: Vec<Label>,
    /// What else is worth knowing, a sentence each: the evidence, a witness, what it leads to.
    pub notes: Vec<String>,
    /// What to do.
    pub help: String,
}

/// A place, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, in a few words; may be empty.
    pub text: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// It works, and is weaker or larger than meant.
    Warning,
    /// It does not work, or lets in who should stay out.
    Error,
}

/// How sure a rule is of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It depends on what the document cannot tell.
    Low,
    /// It is so in all but rare cases.
    Medium,
    /// It follows from the document.
    High,
}

impl Label {
    /// A label.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { span, text }
    }
}

impl Severity {
    /// The word that people read and programs compare.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
            Self::Warning => "warning",
        }
    }
}

impl Confidence {
    /// The word that people read and programs compare.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Medium => "medium",
        }
    }
}
