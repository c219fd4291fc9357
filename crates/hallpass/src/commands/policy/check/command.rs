//! The command itself: its arguments, what it prints, and the exit code that it ends with.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hallpass_diag::{Code, Severity};

use super::checked::{Checked, Selection, Tally};
use super::{report, sarif};
use crate::cli::Format;
use crate::commands::policy::kind::Kind;
use crate::commands::rules;
use crate::exit;
use crate::output::{Failure, has_colour, print, print_error, print_json};
use crate::snippet::Drawing;

/// Which documents, and which findings.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The documents; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the documents are for; else the form of each tells.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Leave out findings that matter less.
    #[arg(long, value_enum, default_value_t = Least::Note)]
    min_severity: Least,
    /// Leave out the findings of a rule, such as `permissions/over-broad`; may be repeated.
    #[arg(long, value_name = "CODE")]
    allow: Vec<Code>,
    /// Print in a format of this command, in place of that of `--output`.
    #[arg(long, value_enum)]
    format: Option<CheckFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// SARIF 2.1.0: what code scanning reads.
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Least {
    /// All findings.
    Note,
    /// Errors and warnings.
    Warning,
    /// Errors alone.
    Error,
}

/// Runs the command.
pub(crate) fn run(arguments: &CheckArguments, format: Format) -> Result<u8, Failure> {
    for code in &arguments.allow {
        if rules::page(code.as_str()).is_none() {
            return Err(rules::unknown(code.as_str()));
        }
    }
    let selection = Selection {
        kind: arguments.kind.map(Kind::policy_kind),
        least: arguments.min_severity.severity(),
        allowed: &arguments.allow,
    };
    let read = |path: &PathBuf| Checked::read(path, &selection);
    let files: Vec<Checked> = arguments.files.iter().map(read).collect();
    let tally = Tally::of(&files);
    match (arguments.format, format) {
        (Some(CheckFormat::Sarif), _) => print_json(&sarif::Log::new(&files)),
        (None, Format::Json) => print_json(&report::CheckReport::new(&files, tally)),
        (None, Format::Human | Format::Plain) => show(&files, tally, format),
    }
    Ok(match tally {
        Tally { unusable: 1.., .. } => exit::USAGE,
        Tally {
            errors: 0,
            warnings: 0,
            ..
        } => exit::DONE,
        Tally { .. } => exit::NO,
    })
}

fn show(files: &[Checked], tally: Tally, format: Format) {
    let drawing = Drawing::of(format, has_colour(format));
    let findings: Vec<String> = files
        .iter()
        .flat_map(|file| file.rendered(drawing))
        .collect();
    if !findings.is_empty() {
        print(&findings.join(drawing.between()));
    }
    for file in files {
        if let Some(error) = file.error() {
            print_error(&error.rendered());
        }
    }
    print_error(&tally.to_string());
}

impl Least {
    const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Note => Severity::Note,
            Self::Warning => Severity::Warning,
        }
    }
}
