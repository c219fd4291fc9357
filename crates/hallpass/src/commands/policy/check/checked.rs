//! A document that was checked: read, parsed, and asked by each rule.

use std::fmt;
use std::path::Path;

use hallpass_diag::{Code, Finding, Report, Severity};
use hallpass_iam::{Document, PolicyError, PolicyKind, check, kind_of};

use crate::output;
use crate::policy_file::{FileError, PolicyFile};
use crate::snippet::{self, Drawing, Source};

/// Which findings are wanted.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// What the documents are for, if it is told.
    pub(super) kind: Option<PolicyKind>,
    /// The least severity.
    pub(super) least: Severity,
    /// The rules that are not asked.
    pub(super) allowed: &'a [Code],
}

/// A document, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Checked {
    /// The path as it was given.
    pub(super) name: String,
    text: String,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Checked(PolicyKind, Vec<Finding>),
    /// It is no policy document: its faults.
    Faulty(Vec<Finding>),
    Unreadable(FileError),
}

/// A file that cannot be read, for what prints it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread<'a>(&'a FileError);

/// How much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Tally {
    pub(super) files: usize,
    /// Files that cannot be read or are no policy documents.
    pub(super) unusable: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
}

impl Checked {
    /// Reads a file and checks it.
    pub(super) fn read(path: &Path, selection: &Selection<'_>) -> Self {
        let file = match PolicyFile::read(path) {
            Ok(file) => file,
            Err(error) => {
                return Self {
                    name: path.display().to_string(),
                    text: String::new(),
                    outcome: Outcome::Unreadable(error),
                };
            }
        };
        let outcome = match Document::parse(&file.text) {
            Ok(document) => {
                let kind = selection.kind.unwrap_or_else(|| kind_of(&document));
                let mut findings = check(&document, Some(kind));
                findings.retain(|finding| selection.wants(finding));
                Outcome::Checked(kind, findings)
            }
            Err(faults) => {
                Outcome::Faulty(faults.errors().iter().map(PolicyError::finding).collect())
            }
        };
        Self {
            name: file.name,
            text: file.text,
            outcome,
        }
    }

    /// Whether it is a policy document.
    pub(super) const fn is_usable(&self) -> bool {
        matches!(self.outcome, Outcome::Checked(..))
    }

    /// What it was taken for.
    pub(super) const fn kind(&self) -> Option<PolicyKind> {
        match &self.outcome {
            Outcome::Checked(kind, _) => Some(*kind),
            Outcome::Faulty(_) | Outcome::Unreadable(_) => None,
        }
    }

    /// What is wrong with it.
    pub(super) fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Checked(_, findings) | Outcome::Faulty(findings) => findings,
            Outcome::Unreadable(_) => &[],
        }
    }

    /// Why it cannot be read.
    pub(super) const fn error(&self) -> Option<Unread<'_>> {
        match &self.outcome {
            Outcome::Checked(..) | Outcome::Faulty(_) => None,
            Outcome::Unreadable(error) => Some(Unread(error)),
        }
    }

    /// The text for the places of the findings.
    pub(super) fn source(&self) -> Source<'_> {
        Source::new(&self.name, &self.text)
    }

    /// The part of the text that a finding is about.
    pub(super) fn part(&self, finding: &Finding) -> &str {
        let span = finding.primary.span;
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Its findings as text.
    pub(super) fn rendered(&self, drawing: Drawing) -> Vec<String> {
        let source = self.source();
        let findings = self.findings().iter();
        findings
            .map(|finding| snippet::render(&source, finding, drawing))
            .collect()
    }
}

impl Unread<'_> {
    /// The error as text.
    pub(super) fn rendered(self) -> String {
        output::rendered(self.0)
    }

    /// The error as programs read it.
    pub(super) fn report(self) -> Report {
        output::error_report(self.0)
    }
}

impl Selection<'_> {
    fn wants(&self, finding: &Finding) -> bool {
        finding.severity >= self.least && !self.allowed.contains(&finding.code)
    }
}

impl Tally {
    /// Counts.
    pub(super) fn of(files: &[Checked]) -> Self {
        let mut tally = Self {
            files: files.len(),
            unusable: files.iter().filter(|file| !file.is_usable()).count(),
            ..Self::default()
        };
        for finding in files.iter().flat_map(Checked::findings) {
            match finding.severity {
                Severity::Error => tally.errors += 1,
                Severity::Note => tally.notes += 1,
                Severity::Warning => tally.warnings += 1,
            }
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&counted(self.files, "file"))?;
        if (self.unusable, self.errors, self.warnings, self.notes) == (0, 0, 0, 0) {
            return f.write_str(", nothing found");
        }
        if self.unusable > 0 {
            write!(f, ", {} unusable", self.unusable)?;
        }
        for (count, name) in [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ] {
            if count > 0 {
                write!(f, ", {}", counted(count, name))?;
            }
        }
        Ok(())
    }
}

fn counted(count: usize, name: &str) -> String {
    if count == 1 {
        format!("1 {name}")
    } else {
        format!("{count} {name}s")
    }
}
