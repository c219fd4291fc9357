//! The command itself: its arguments, and what it does with them.

use std::path::{Path, PathBuf};

use clap::Args;
use hallpass_iam::{Document, PolicyKind, UseFilter, UseLog, compare, kind_of, tighten};
use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::{events, show, write};
use crate::cli::Format;
use crate::environment;
use crate::exit;
use crate::output::{Failure, print, print_json};
use crate::policy_file::PolicyFile;

/// Which policy, and by which events.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["events", "lab"])))]
pub(crate) struct TightenArguments {
    /// The policy to narrow; `-` is standard input.
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// `CloudTrail`'s events: a log file, plain or gzip, records one a line, or what `aws cloudtrail
    /// lookup-events` prints; `-` is standard input; may be repeated.
    #[arg(long, value_name = "FILE")]
    events: Vec<PathBuf>,
    /// Use the lab's event log.
    #[arg(long)]
    lab: bool,
    /// The lab's folder [default: hallpass/lab in the XDG state folder].
    #[arg(long, value_name = "DIR", requires = "lab")]
    dir: Option<PathBuf>,
    /// Count the events of this caller alone: a role's name, or the ARN of a role, session or user.
    #[arg(long, value_name = "NAME|ARN")]
    role: Option<String>,
    /// Count events from this time on, such as `2026-01-31T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Narrow the actions, and leave resources as they are.
    #[arg(long)]
    keep_resources: bool,
    /// Write the policy to a file, which is replaced at once and whole.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The policy cannot be narrowed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum TightenError {
    /// No event counts.
    #[error("no event counts: {left_out} are of others or too early, {refused} were refused")]
    #[diagnostic(
        code("events/none"),
        help(
            "name another caller with `--role`, an earlier time with `--since`, or more events: a policy narrowed to nothing allows nothing"
        )
    )]
    None {
        /// Events that the filter left out.
        left_out: u64,
        /// Calls that were refused.
        refused: u64,
    },
    /// It is a resource's.
    #[error(
        "`{name}` names principals: it is the policy of a resource, and events tell what a principal used"
    )]
    #[diagnostic(
        code("policy/names-principals"),
        help(
            "narrow a policy of the user or role; see `hallpass policy check` for a trust policy"
        )
    )]
    NamesPrincipals {
        /// The document.
        name: String,
    },
}

/// Runs the command. Exit 0 also where nothing could be narrowed: the policy is then as it was.
pub(crate) fn run(arguments: &TightenArguments, format: Format) -> Result<u8, Failure> {
    let (file, document) = PolicyFile::document(&arguments.policy)?;
    if matches!(
        kind_of(&document),
        PolicyKind::Resource | PolicyKind::ResourceControl | PolicyKind::Trust
    ) {
        return Err(Failure::usage(TightenError::NamesPrincipals {
            name: file.name,
        }));
    }
    // It has been read as a policy, so it is JSON.
    let written: Value = serde_json::from_str(&file.text).unwrap_or_default();
    let log = gather(arguments)?;
    if log.events() == 0 {
        return Err(Failure::usage(TightenError::None {
            left_out: log.left_out(),
            refused: log.refused(),
        }));
    }
    let narrowed = tighten(&document, &written, &log, arguments.keep_resources);
    let text = pretty(&narrowed.policy);
    let meaning = Document::parse(&text)
        .map(|after| compare(&document, &after, PolicyKind::Identity))
        .unwrap_or_default();
    let shown = show::Shown {
        before: &pretty(&written),
        after: &text,
        name: &file.name,
        narrowed: &narrowed,
        meaning: &meaning,
    };
    if let Some(path) = &arguments.out {
        write::replace(path, &format!("{text}\n"))?;
    }
    match format {
        Format::Json => print_json(&shown.to_json(&log)),
        Format::Human | Format::Plain => {
            shown.explain(format);
            if arguments.out.is_none() {
                print(&text);
            }
        }
    }
    Ok(exit::DONE)
}

fn gather(arguments: &TightenArguments) -> Result<UseLog, Failure> {
    let filter = UseFilter {
        principal: arguments.role.clone(),
        since: arguments.since,
    };
    let mut log = UseLog::default();
    if arguments.lab {
        let folder = arguments.dir.clone();
        let folder = folder.unwrap_or_else(environment::default_lab_folder);
        events::add_lab(&mut log, &folder, &filter)?;
    }
    for path in &arguments.events {
        events::add(&mut log, Path::new(path), &filter)?;
    }
    Ok(log)
}

fn pretty(policy: &Value) -> String {
    serde_json::to_string_pretty(policy).unwrap_or_else(|_| json!({}).to_string())
}
