//! Findings as programs read them: the JSON twins of [`Finding`] and [`Label`].
//!
//! **Invariants.** The names are stable; places are given both as lines and columns, for people, and as
//! bytes, for editors.

use hallpass_diag::{Finding, Label, Position};
use serde::Serialize;

use crate::snippet::Source;

/// A finding.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingReport {
    code: String,
    severity: &'static str,
    confidence: &'static str,
    message: String,
    at: PlaceReport,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<PlaceReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    help: String,
}

/// A place, and what is said of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlaceReport {
    #[serde(skip_serializing_if = "String::is_empty")]
    label: String,
    start: PointReport,
    end: PointReport,
}

/// One end of a place.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PointReport {
    #[serde(flatten)]
    position: Position,
    byte: usize,
}

impl FindingReport {
    /// The twin of a finding on a text.
    pub(crate) fn new(source: &Source<'_>, finding: &Finding) -> Self {
        let place = |label: &Label| PlaceReport {
            label: label.text.clone(),
            start: PointReport::new(source, label.span.start),
            end: PointReport::new(source, label.span.end),
        };
        Self {
            code: finding.code.to_string(),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            message: finding.message.clone(),
            at: place(&finding.primary),
            related: finding.related.iter().map(place).collect(),
            notes: finding.notes.clone(),
            help: finding.help.clone(),
        }
    }
}

impl PointReport {
    fn new(source: &Source<'_>, byte: usize) -> Self {
        Self {
            position: source.position(byte),
            byte,
        }
    }
}
