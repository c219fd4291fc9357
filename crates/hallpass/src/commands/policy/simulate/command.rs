//! The command itself: which way cases come.

use std::path::PathBuf;

use clap::Args;

use super::{files, lines};
use crate::cli::Format;
use crate::output::Failure;

/// Which cases.
///
/// A case is a JSON object: a request, and the policies that bear on it. `vectors/README.md` describes it.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// Files of one case, a list of cases, or a case a line; `-` is standard input.
    ///
    /// The exit status is 1 if a case is denied, or, of a case that has `decision` or `expected`, if the
    /// decision is another; 2 if a case cannot be used.
    #[arg(required_unless_present = "lines")]
    files: Vec<PathBuf>,

    /// Read a case a line on standard input, write a result a line on standard output.
    ///
    /// Results keep the order of cases, and come as soon as no further case waits. A line that is no case
    /// has an `error` in its result, and makes the exit status 2 at the end; decisions do not change it.
    #[arg(long, conflicts_with = "files")]
    lines: bool,

    /// Fill in the condition keys that AWS puts into every request and that follow from the case, such as
    /// `aws:PrincipalArn` and a user's `aws:username`.
    ///
    /// Without it a key that a case's `context` does not have is absent. With it, null says so.
    #[arg(long)]
    fill_keys: bool,
}

/// Runs the command.
pub(in super::super) fn run(arguments: &SimulateArguments, format: Format) -> Result<u8, Failure> {
    if arguments.lines {
        lines::run(arguments.fill_keys)
    } else {
        files::run(&arguments.files, arguments.fill_keys, format)
    }
}
