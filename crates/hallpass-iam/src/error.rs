//! What is wrong with a policy document, and where.

use std::fmt;

use hallpass_diag::{Code, Confidence, Finding, Label, LineIndex, Severity, Span};
use miette::Diagnostic as _;

/// All faults of a document, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    errors: Vec<PolicyError>,
    first: String,
}

impl PolicyErrors {
    pub(crate) fn new(mut errors: Vec<PolicyError>, text: &str) -> Self {
        errors.sort_by_key(PolicyError::span);
        let first = errors.first().map_or_else(String::new, |error| {
            let position = LineIndex::new(text).position(text, error.span().start);
            format!("{position}: {error}")
        });
        Self { errors, first }
    }

    /// The faults; never empty.
    pub fn errors(&self) -> &[PolicyError] {
        &self.errors
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first)?;
        match self.errors.len() {
            0 | 1 => Ok(()),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}

impl std::error::Error for PolicyErrors {}

/// A fault of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum PolicyError {
    /// An element and its `Not` form in one statement.
    #[error("`{name}` and `Not{name}` stand in one statement")]
    #[diagnostic(code("policy/both-forms"), help("keep the one that you mean"))]
    BothForms {
        /// The element.
        name: &'static str,
        /// The second of the two.
        span: Span,
    },
    /// A name that stands twice in one object.
    #[error("`{name}` stands twice in one object")]
    #[diagnostic(
        code("policy/duplicate-element"),
        help("keep one: readers of JSON disagree on which of the two counts")
    )]
    DuplicateElement {
        /// The name.
        name: String,
        /// The second of the two.
        span: Span,
    },
    /// A list with nothing in it.
    #[error("`{name}` is empty")]
    #[diagnostic(
        code("policy/empty"),
        help("name at least one, or leave the element out")
    )]
    Empty {
        /// The element.
        name: String,
        /// The list.
        span: Span,
    },
    /// An element that every statement or document has.
    #[error("`{name}` is missing")]
    #[diagnostic(code("policy/missing-element"), help("add `{name}`"))]
    MissingElement {
        /// The element.
        name: &'static str,
        /// Where it should stand.
        span: Span,
    },
    /// Not JSON.
    #[error("expected {wanted}, found {found}")]
    #[diagnostic(
        code("policy/syntax"),
        help("a policy is a JSON document: objects in braces, names and texts in double quotes")
    )]
    Syntax {
        /// What should stand there.
        wanted: &'static str,
        /// What stands there.
        found: String,
        /// Where.
        span: Span,
    },
    /// Nested deeper than any policy is.
    #[error("the document is nested more than {max} levels deep")]
    #[diagnostic(code("policy/too-deep"), help("no policy needs more than six levels"))]
    TooDeep {
        /// The limit.
        max: usize,
        /// The first bracket that is too deep.
        span: Span,
    },
    /// Larger than any policy is.
    #[error("the document is longer than the {max} bytes that are read")]
    #[diagnostic(
        code("policy/too-large"),
        help("IAM takes at most 10,240 characters; is this the file that you meant?")
    )]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// An effect that is none.
    #[error("unknown effect `{found}`")]
    #[diagnostic(
        code("policy/unknown-effect"),
        help("write `Allow` or `Deny`; effects are case-sensitive")
    )]
    UnknownEffect {
        /// What stands there.
        found: String,
        /// Where.
        span: Span,
    },
    /// An element that the language does not have.
    #[error("unknown element `{found}`, the nearest is `{nearest}`")]
    #[diagnostic(
        code("policy/unknown-element"),
        help("element names are case-sensitive; remove it or write `{nearest}`")
    )]
    UnknownElement {
        /// What stands there.
        found: String,
        /// The nearest known name.
        nearest: &'static str,
        /// Where.
        span: Span,
    },
    /// A condition operator that does not exist.
    #[error("unknown condition operator `{found}`, the nearest is `{nearest}`")]
    #[diagnostic(
        code("policy/unknown-operator"),
        help("see the IAM User Guide, \"Condition operators\"")
    )]
    UnknownOperator {
        /// What stands there.
        found: String,
        /// The nearest known name.
        nearest: String,
        /// Where.
        span: Span,
    },
    /// A version that does not exist.
    #[error("unknown version `{found}`")]
    #[diagnostic(
        code("policy/unknown-version"),
        help("write `2012-10-17`; `2008-10-17` knows no policy variables")
    )]
    UnknownVersion {
        /// What stands there.
        found: String,
        /// Where.
        span: Span,
    },
    /// A value of another kind than the element takes.
    #[error("`{name}` takes {wanted}, found {found}")]
    #[diagnostic(code("policy/wrong-type"), help("write {wanted}"))]
    WrongType {
        /// The element.
        name: String,
        /// What it takes.
        wanted: &'static str,
        /// What stands there.
        found: &'static str,
        /// Where.
        span: Span,
    },
}

impl PolicyError {
    /// Where it stands.
    pub const fn span(&self) -> Span {
        match self {
            Self::BothForms { span, .. }
            | Self::DuplicateElement { span, .. }
            | Self::Empty { span, .. }
            | Self::MissingElement { span, .. }
            | Self::Syntax { span, .. }
            | Self::TooDeep { span, .. }
            | Self::UnknownEffect { span, .. }
            | Self::UnknownElement { span, .. }
            | Self::UnknownOperator { span, .. }
            | Self::UnknownVersion { span, .. }
            | Self::WrongType { span, .. } => *span,
            Self::TooLarge { .. } => Span::new(0, 0),
        }
    }

    /// The fault as a finding, for what shows findings.
    pub fn finding(&self) -> Finding {
        let code = self.code().and_then(|code| code.to_string().parse().ok());
        Finding {
            code: code.unwrap_or(Code::known("policy/syntax")),
            severity: Severity::Error,
            confidence: Confidence::High,
            message: self.to_string(),
            primary: Label::new(self.span(), self.label()),
            related: Vec::new(),
            notes: Vec::new(),
            help: self.help().map(|help| help.to_string()).unwrap_or_default(),
        }
    }

    /// What is to be said of the place.
    const fn label(&self) -> &'static str {
        match self {
            Self::BothForms { .. } => "the second of the two",
            Self::DuplicateElement { .. } => "again",
            Self::Empty { .. } => "nothing in it",
            Self::MissingElement { .. } => "here",
            Self::Syntax { .. } | Self::TooLarge { .. } | Self::WrongType { .. } => "",
            Self::TooDeep { .. } => "too deep",
            Self::UnknownEffect { .. } => "not an effect",
            Self::UnknownElement { .. } => "not an element",
            Self::UnknownOperator { .. } => "not an operator",
            Self::UnknownVersion { .. } => "not a version",
        }
    }
}
