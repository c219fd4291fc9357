//! The report as programs read it; its shape is stable.

use hallpass_diag::Report;
use serde::Serialize;

use super::checked::{Checked, Tally};
use crate::commands::policy::kind::Kind;
use crate::wire::FindingReport;

/// What `--output json` prints.
#[derive(Debug, Serialize)]
pub(super) struct CheckReport<'a> {
    files: Vec<FileReport<'a>>,
    summary: Tally,
}

#[derive(Debug, Serialize)]
struct FileReport<'a> {
    file: &'a str,
    /// What it was taken for: a word of `--kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// Whether it could be read and is a policy document.
    usable: bool,
    findings: Vec<FindingReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

impl<'a> CheckReport<'a> {
    pub(super) fn new(files: &'a [Checked], summary: Tally) -> Self {
        Self {
            files: files.iter().map(FileReport::new).collect(),
            summary,
        }
    }
}

impl<'a> FileReport<'a> {
    fn new(file: &'a Checked) -> Self {
        let source = file.source();
        let findings = file.findings().iter();
        Self {
            file: &file.name,
            kind: file.kind().map(Kind::word),
            usable: file.is_usable(),
            findings: findings
                .map(|finding| FindingReport::new(&source, finding))
                .collect(),
            error: file.error().map(super::checked::Unread::report),
        }
    }
}
