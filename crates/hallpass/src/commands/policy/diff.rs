//! `hallpass policy diff`.

use std::path::PathBuf;

use clap::Args;
use hallpass_iam::{Comparison, Document, Outcome, PolicyKind, compare, kind_of};
use serde_json::{Value, json};

use super::kind::Kind;
use crate::cli::Format;
use crate::exit;
use crate::output::{self, Failure, print, print_json};
use crate::policy_file::PolicyFile;

/// Which documents, and what they are attached to.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The document that differences are counted from; `-` is standard input.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// The document that differs; `-` is standard input.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// What the documents are for; else their form tells.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Print the requests that show the differences as cases, one a line, for `policy simulate --lines`:
    /// each once with either document, and the decision that is expected.
    #[arg(long)]
    cases: bool,
}

/// The documents cannot be compared with each other.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum DiffError {
    /// Both are standard input.
    #[error("both documents are `-`, and standard input holds one")]
    #[diagnostic(code("policy/both-stdin"), help("name a file for one of them"))]
    BothStdin,
    /// One names principals, the other does not.
    #[error("`{first}` is of kind `{first_kind}`, `{second}` of kind `{second_kind}`")]
    #[diagnostic(
        code("policy/kinds-differ"),
        help("compare policies of one kind, or say with `--kind` what both are")
    )]
    KindsDiffer {
        first: String,
        first_kind: &'static str,
        second: String,
        second_kind: &'static str,
    },
}

/// Runs the command: exit 0 where the documents mean the same, 1 where they differ.
pub(super) fn run(arguments: &DiffArguments, format: Format) -> Result<u8, Failure> {
    let DiffArguments {
        first,
        second,
        kind,
        cases,
    } = arguments;
    if first.as_os_str() == "-" && second.as_os_str() == "-" {
        return Err(Failure::usage(DiffError::BothStdin));
    }
    let (first_file, first) = PolicyFile::document(first)?;
    let (second_file, second) = PolicyFile::document(second)?;
    let names = [first_file.name.as_str(), second_file.name.as_str()];
    let kind = match kind {
        Some(kind) => kind.policy_kind(),
        None => common_kind(names, [&first, &second]).map_err(Failure::usage)?,
    };
    let found = compare(&first, &second, kind);
    let texts = [&first_file, &second_file].map(|file| document_value(&file.text));
    match format {
        _ if *cases => {
            for case in cases_of(&found, names, &texts, kind) {
                print(&case.to_string());
            }
        }
        Format::Json => print_json(&to_json(&found, names, kind)),
        Format::Human | Format::Plain => show(&found, names, output::has_colour(format)),
    }
    Ok(if found.differences.is_empty() {
        exit::DONE
    } else {
        exit::NO
    })
}

/// Prints the differences, each with a request that shows it.
pub(super) fn show(found: &Comparison, names: [&str; 2], has_colour: bool) {
    for line in lines(found, names, has_colour) {
        print(&line);
    }
}

/// The differences as lines.
pub(super) fn lines(
    found: &Comparison,
    [first, second]: [&str; 2],
    has_colour: bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    for difference in &found.differences {
        let (sign, colour) = if difference.is_wider() {
            ('+', GREEN)
        } else {
            ('-', RED)
        };
        let sentence = difference.sentence(first, second);
        lines.push(if has_colour {
            format!("{colour}{sign} {sentence}{RESET}")
        } else {
            format!("{sign} {sentence}")
        });
        lines.push(format!("  for example: {}", difference.witness.to_json()));
    }
    let classes = found.compared;
    let among = format!(
        "{classes} {} compared",
        if classes == 1 {
            "class of requests"
        } else {
            "classes of requests"
        }
    );
    lines.push(match found.differences.len() {
        0 => format!("no difference: {among}"),
        1 => format!("1 difference: {among}"),
        count => format!("{count} differences: {among}"),
    });
    let limits = found.limits.iter();
    lines.extend(limits.map(|limit| format!("not exhaustive: {limit}")));
    lines
}

/// The comparison as one document.
pub(super) fn to_json(found: &Comparison, [first, second]: [&str; 2], kind: PolicyKind) -> Value {
    let mut value = found.to_json();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("first".to_owned(), json!(first));
        fields.insert("second".to_owned(), json!(second));
        fields.insert("kind".to_owned(), json!(Kind::word(kind)));
    }
    value
}

/// The requests that show the differences, each with either document.
fn cases_of(
    found: &Comparison,
    names: [&str; 2],
    documents: &[Value; 2],
    kind: PolicyKind,
) -> Vec<Value> {
    let [first, second] = documents;
    let [first_name, second_name] = names;
    let mut cases = Vec::new();
    for (number, difference) in found.differences.iter().enumerate() {
        let mut add = |name: &str, document: &Value, wanted: Outcome| {
            let name = format!("{} {name}", number + 1);
            cases.push(difference.witness.case(&name, document, kind, wanted));
        };
        add(first_name, first, difference.before);
        add(second_name, second, difference.after);
    }
    cases
}

/// The document as JSON; it has been read as a policy, so it is.
fn document_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What both documents are; a trust policy is a resource's policy, too.
fn common_kind(names: [&str; 2], documents: [&Document; 2]) -> Result<PolicyKind, DiffError> {
    let [first, second] = documents.map(kind_of);
    let [first_name, second_name] = names.map(str::to_owned);
    let is_of_resource = |kind| kind != PolicyKind::Identity;
    match (first, second) {
        _ if first == second => Ok(first),
        _ if is_of_resource(first) && is_of_resource(second) => Ok(PolicyKind::Resource),
        _ => Err(DiffError::KindsDiffer {
            first: first_name,
            first_kind: Kind::word(first),
            second: second_name,
            second_kind: Kind::word(second),
        }),
    }
}

pub(super) const GREEN: &str = "\u{1b}[32m";
pub(super) const RED: &str = "\u{1b}[31m";
pub(super) const RESET: &str = "\u{1b}[0m";
