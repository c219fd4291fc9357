//! Cases from files, told to people or as one JSON document.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use hallpass_iam::{Case, CaseError, Decision, Failure as Mismatch, Outcome, cases};
use miette::Diagnostic;
use serde_json::Value;

use super::result;
use crate::cli::Format;
use crate::exit;
use crate::output::{self, Failure, print, print_json};
use crate::policy_file::PolicyFile;

/// A file that is too large to be held.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{name}` has more than {MAX_FILE_BYTES} bytes")]
#[diagnostic(
    code("case/file-too-large"),
    help(
        "give its cases one a line to `hallpass policy simulate --lines`, which holds one at a time"
    )
)]
struct FileTooLarge {
    name: String,
}

/// A case of a file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {error}")]
struct InFile {
    file: String,
    error: CaseError,
}

impl Diagnostic for InFile {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.help()
    }
}

/// What came of all cases.
#[derive(Default)]
struct Tally {
    cases: usize,
    allowed: usize,
    denied: usize,
    unusable: usize,
    /// Of the cases that say what they want: those that came out otherwise.
    differing: usize,
    /// Of the others: those that are denied.
    refused: usize,
}

/// Runs over files.
pub(super) fn run(paths: &[PathBuf], is_filled: bool, format: Format) -> Result<u8, Failure> {
    let mut tally = Tally::default();
    let mut results = Vec::new();
    for path in paths {
        let file = read(path)?;
        for (index, case) in cases(&file.text).into_iter().enumerate() {
            tally.cases += 1;
            let case = case.map(|mut case| {
                if is_filled {
                    case.fill_keys();
                }
                case
            });
            match (case, format) {
                (Ok(case), Format::Json) => {
                    let decision = case.explain();
                    tally.note(&case, decision.outcome());
                    results.push(result::decided(&case, &decision));
                }
                (Ok(case), Format::Human | Format::Plain) => {
                    let decision = case.explain();
                    tally.note(&case, decision.outcome());
                    show(&case, index, &decision);
                }
                (Err(error), Format::Json) => {
                    tally.unusable += 1;
                    results.push(result::refused(None, &error));
                }
                (Err(error), Format::Human | Format::Plain) => {
                    tally.unusable += 1;
                    let file = file.name.clone();
                    output::report(&Failure::usage(InFile { file, error }), format);
                }
            }
        }
    }
    match format {
        Format::Json => print_json(&Value::from(results)),
        Format::Human | Format::Plain => print(&tally.sentence()),
    }
    Ok(tally.exit())
}

fn read(path: &Path) -> Result<PolicyFile, Failure> {
    let file = PolicyFile::read_within(path, MAX_FILE_BYTES).map_err(Failure::usage)?;
    if file.text.len() > MAX_FILE_BYTES {
        return Err(Failure::usage(FileTooLarge { name: file.name }));
    }
    Ok(file)
}

/// The case's name and decision, the decision in a sentence, and what the nearest statement lacks.
fn show(case: &Case, index: usize, decision: &Decision) {
    let name = match case.name() {
        "" => format!("case {}", index + 1),
        name => name.to_owned(),
    };
    let outcome = decision.outcome().as_str();
    let verdict = match case.wanted() {
        Some(wanted) if wanted != outcome => format!("{outcome}, where {wanted} is expected"),
        _ => outcome.to_owned(),
    };
    print(&format!("{name}: {verdict}"));
    print(&format!("  {}", decision.summary()));
    if decision.outcome() != Outcome::ImplicitDeny {
        return;
    }
    let Some(nearest) = decision.nearest() else {
        return;
    };
    if let Some(Mismatch::Condition {
        operator,
        key,
        wanted,
        got,
        ..
    }) = &nearest.failure
    {
        print(&format!("    {operator} {key}"));
        for value in wanted {
            print(&format!("      wanted {value}"));
        }
        match got {
            None => print("      got    nothing: the request lacks the key"),
            Some(values) => {
                for value in values {
                    print(&format!("      got    {value}"));
                }
            }
        }
    }
}

impl Tally {
    fn note(&mut self, case: &Case, outcome: Outcome) {
        let is_allowed = outcome == Outcome::Allow;
        self.allowed += usize::from(is_allowed);
        self.denied += usize::from(!is_allowed);
        match case.wanted() {
            Some(wanted) => self.differing += usize::from(wanted != outcome.as_str()),
            None => self.refused += usize::from(!is_allowed),
        }
    }

    fn sentence(&self) -> String {
        let plural = if self.cases == 1 { "case" } else { "cases" };
        let parts: Vec<String> = [
            (self.allowed, "allowed"),
            (self.denied, "denied"),
            (self.differing, "not as expected"),
            (self.unusable, "not usable"),
        ]
        .into_iter()
        .enumerate()
        .filter(|(index, (count, _))| *index < 2 || *count > 0)
        .map(|(_, (count, what))| format!("{count} {what}"))
        .collect();
        format!("{} {plural}: {}", self.cases, parts.join(", "))
    }

    const fn exit(&self) -> u8 {
        if self.unusable > 0 {
            exit::USAGE
        } else if self.differing + self.refused > 0 {
            exit::NO
        } else {
            exit::DONE
        }
    }
}

// Some ten thousand cases.
const MAX_FILE_BYTES: usize = 32 << 20;
