//! Where a statement stands in the files that were given, and its failing parts.

use hallpass_diag::{Label, Position, Span};
use hallpass_iam::{Failure, StatementReport, Version};

use super::comparison::Comparison;
use super::policies::Loaded;
use super::question::Question;
use crate::snippet::Source;

/// A failing part of a statement, compared.
#[derive(Debug)]
pub(super) struct Shortfall<'a> {
    pub(super) failure: &'a Failure,
    pub(super) comparison: Comparison,
}

impl Shortfall<'_> {
    /// What to show: of a condition the value that came nearest, of anything else the part.
    fn span(&self) -> Span {
        match (self.failure, &self.comparison) {
            (
                Failure::Condition {
                    value_spans, span, ..
                },
                Comparison::Texts { index, .. },
            ) => value_spans.get(*index).copied().unwrap_or(*span),
            (failure, _) => failure.span(),
        }
    }
}

/// A statement of a decision with the file that it stands in.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) report: &'a StatementReport,
    /// None where AWS attaches the policy by itself.
    pub(super) loaded: Option<&'a Loaded>,
    pub(super) shortfalls: Vec<Shortfall<'a>>,
}

impl<'a> Statement<'a> {
    pub(super) fn new(report: &'a StatementReport, question: &'a Question) -> Self {
        let loaded = question.policies.find(report.layer, &report.policy);
        let has_variables =
            loaded.is_some_and(|loaded| loaded.document.version() == Some(Version::V2012));
        let failures = report.failure.iter().chain(&report.further);
        let shortfall = |failure| Shortfall {
            failure,
            comparison: Comparison::of(failure, &question.action, &question.context, has_variables),
        };
        Self {
            report,
            loaded,
            shortfalls: failures.map(shortfall).collect(),
        }
    }

    /// `file:line:column`.
    pub(super) fn place(&self) -> Option<(&'a str, Position)> {
        let loaded = self.loaded?;
        let source = source(loaded);
        Some((&loaded.file.name, source.position(self.report.span.start)))
    }

    /// The place to show, and what is said of it: the failing parts, or the whole statement.
    pub(super) fn labels(&self) -> (Label, Vec<Label>) {
        let mut labels = self.shortfalls.iter().map(|shortfall| {
            let says = match shortfall.failure {
                Failure::Action { .. } => "another action",
                Failure::Condition { got: None, .. } => "the request has no such key",
                Failure::Condition { .. } => "not met",
                Failure::Principal { .. } => "another principal",
                Failure::Resource { .. } => "another resource",
            };
            Label::new(shortfall.span(), says)
        });
        match labels.next() {
            Some(first) => (first, labels.take(MAX_LABELS).collect()),
            None => (Label::new(self.whole(), ""), Vec::new()),
        }
    }

    /// The statement; its first character alone where it is too long to be shown.
    fn whole(&self) -> Span {
        let span = self.report.span;
        let text = self.loaded.map(|loaded| loaded.file.text.as_str());
        let lines = text.and_then(|text| text.get(span.start..span.end));
        if lines.is_some_and(|lines| lines.lines().count() > MAX_LINES) {
            return Span::new(span.start, span.start + 1);
        }
        span
    }
}

/// A file's text, by its name.
pub(super) fn source(loaded: &Loaded) -> Source<'_> {
    Source::new(&loaded.file.name, &loaded.file.text)
}

const MAX_LABELS: usize = 4;
const MAX_LINES: usize = 16;
