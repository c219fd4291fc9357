//! Printing: data on stdout, all else on stderr; errors with code, place and help.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;

use hallpass_diag::Report;
use miette::Diagnostic;

use crate::cli::Format;
use crate::policy_file::DocumentError;
use crate::snippet::{Drawing, Source};
use crate::wire::FindingReport;
use crate::{environment, exit, snippet};

/// A command that could not do what was asked: the error, and the exit code that tells its kind.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: u8,
    error: What,
}

#[derive(Debug)]
enum What {
    /// A document whose faults are told one by one, each in its place.
    Document(Box<DocumentError>),
    Error(Box<dyn Diagnostic + Send + Sync>),
}

impl Failure {
    /// The command or its input cannot be used.
    pub(crate) fn usage(error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self {
            exit: exit::USAGE,
            error: What::Error(Box::new(error)),
        }
    }

    /// A policy document cannot be used; each of its faults is told.
    pub(crate) fn document(error: DocumentError) -> Self {
        Self {
            exit: exit::USAGE,
            error: What::Document(Box::new(error)),
        }
    }

    /// We could not find out, or could not do it.
    pub(crate) fn unknown(error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self {
            exit: exit::UNKNOWN,
            error: What::Error(Box::new(error)),
        }
    }

    /// The async runtime did not start.
    pub(crate) fn runtime(source: io::Error) -> Self {
        Self::unknown(RuntimeError { source })
    }
}

#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("the machine refused threads or sockets")]
#[diagnostic(
    code("cli/runtime"),
    help("raise the limits on processes and open files (`ulimit -u`, `ulimit -n`)")
)]
struct RuntimeError {
    source: io::Error,
}

/// Prints an error.
pub(crate) fn report(failure: &Failure, format: Format) {
    match (&failure.error, format) {
        (What::Document(error), Format::Json) => {
            print_error(&serde_json::to_string(&document_report(error)).unwrap_or_default());
        }
        (What::Document(error), Format::Human | Format::Plain) => {
            print_error(&rendered_document(error, format));
        }
        (What::Error(error), Format::Json) => {
            print_error(&serde_json::to_string(&error_report(&**error)).unwrap_or_default());
        }
        (What::Error(error), Format::Human | Format::Plain) => print_error(&rendered(&**error)),
    }
}

/// An error as programs read it.
pub(crate) fn error_report(error: &(dyn Diagnostic + Send + Sync)) -> Report {
    Report {
        code: error
            .code()
            .map(|code| code.to_string())
            .unwrap_or_default(),
        message: error.to_string(),
        causes: causes(error),
        help: error.help().map(|help| help.to_string()),
    }
}

/// What `--output json` prints for a document that cannot be read: the error, and each fault.
#[derive(Debug, serde::Serialize)]
struct DocumentReport<'a> {
    #[serde(flatten)]
    report: Report,
    file: &'a str,
    faults: Vec<FindingReport>,
}

fn document_report(error: &DocumentError) -> DocumentReport<'_> {
    let source = Source::new(&error.name, &error.text);
    let mut report = error_report(error);
    let faults = error.source.errors();
    // The first stands for all: its words are in the message.
    report.causes.clear();
    if let Some(first) = faults.first() {
        report.code = first
            .code()
            .map(|code| code.to_string())
            .unwrap_or_default();
        report.help = first.help().map(|help| help.to_string());
    }
    DocumentReport {
        report,
        file: &error.name,
        faults: faults
            .iter()
            .map(|fault| FindingReport::new(&source, &fault.finding()))
            .collect(),
    }
}

/// Each fault of a document, with its place.
fn rendered_document(error: &DocumentError, format: Format) -> String {
    let source = Source::new(&error.name, &error.text);
    let has_colour = io::stderr().is_terminal() && !environment::is_colour_unwanted();
    let drawing = Drawing::of(format, has_colour);
    let faults = error.source.errors();
    let shown: Vec<String> = faults
        .iter()
        .map(|fault| snippet::render(&source, &fault.finding(), drawing))
        .collect();
    shown.join(drawing.between())
}

/// `error[code]: message`, causes, help, and where to read more.
pub(crate) fn rendered(error: &(dyn Diagnostic + Send + Sync)) -> String {
    let code = error.code().map(|code| code.to_string());
    let mut text = match &code {
        Some(code) => format!("error[{code}]: {error}"),
        None => format!("error: {error}"),
    };
    // Writing to a string cannot fail.
    for cause in causes(error) {
        let _ = write!(text, "\n  cause: {cause}");
    }
    if let Some(help) = error.help() {
        let _ = write!(text, "\nhelp: {help}");
    }
    if let Some(code) = code {
        let _ = write!(text, "\nmore: hallpass rules {code}");
    }
    text
}

fn causes(error: &(dyn Diagnostic + Send + Sync)) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// Prints a line of data. A reader who closes the pipe early is no error.
pub(crate) fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints a line that is no data.
pub(crate) fn print_error(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints a value as one JSON document.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    print(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Whether stdout shows colour.
pub(crate) fn has_colour(format: Format) -> bool {
    format == Format::Human && io::stdout().is_terminal() && !environment::is_colour_unwanted()
}

/// The program is at fault.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("hallpass {} met a fault of its own{place}", env!("CARGO_PKG_VERSION"))]
#[diagnostic(
    code("cli/bug"),
    help("please report it with the command that you ran")
)]
struct Bug {
    place: String,
}

/// Says that the program is at fault, without the innards.
pub(crate) fn report_bug(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    print_error(&rendered(&Bug { place }));
}
