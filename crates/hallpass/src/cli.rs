//! The words of the command line.

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::commands::demo::DemoArguments;
use crate::commands::explain::ExplainArguments;
use crate::commands::lab::LabArguments;
use crate::commands::policy::PolicyArguments;
use crate::commands::rules::RulesArguments;

/// Moves CI from stored AWS access keys to short-lived role credentials, and keeps it there.
#[derive(Debug, Parser)]
#[command(name = "hallpass", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// How to print results: for people, plainly, or as one JSON document.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) output: Format,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With colour and progress where the terminal shows them.
    #[default]
    Human,
    /// One JSON document on stdout; its shape is stable.
    Json,
    /// Without colour or drawing, for logs and screen readers.
    Plain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play the whole story on a fresh lab: the key way, the pass way, and the difference.
    Demo(DemoArguments),
    /// Say why a request would be allowed or denied: statement by statement, condition by condition.
    Explain(Box<ExplainArguments>),
    /// The lab: an AWS account and a cluster on this machine's loopback.
    Lab(LabArguments),
    /// Check, compare, try and tighten policy documents on disk.
    Policy(PolicyArguments),
    /// Explain the code of an error or finding, offline.
    Rules(RulesArguments),
}

/// The whole command line, for the generated reference.
pub fn command() -> clap::Command {
    Cli::command()
}
