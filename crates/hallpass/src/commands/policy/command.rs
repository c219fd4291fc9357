//! The command itself: which subcommand runs.

use clap::{Args, Subcommand};

use super::{check, diff, simulate, tighten};
use crate::cli::Format;
use crate::output::Failure;

/// Policy documents on disk.
#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Say what is wrong with policy documents: grammar, unknown words, traps, over-broad grants.
    Check(check::CheckArguments),
    /// Say what one policy allows or denies that another does not, with a request that shows it.
    Diff(diff::DiffArguments),
    /// Decide requests against policies, as AWS would, and say why.
    Simulate(simulate::SimulateArguments),
    /// Write the least policy that still allows all that was used.
    Tighten(tighten::TightenArguments),
}

/// Runs the command.
pub(crate) fn run(arguments: &PolicyArguments, format: Format) -> Result<u8, Failure> {
    match &arguments.command {
        PolicyCommand::Check(arguments) => check::run(arguments, format),
        PolicyCommand::Diff(arguments) => diff::run(arguments, format),
        PolicyCommand::Simulate(arguments) => simulate::run(arguments, format),
        PolicyCommand::Tighten(arguments) => tighten::run(arguments, format),
    }
}
