//! `hallpass policy check`.

use clap::Args;

use crate::cli::Format;
use crate::output::Failure;

/// TODO
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {}

/// Runs the command.
pub(super) fn run(_arguments: &CheckArguments, _format: Format) -> Result<u8, Failure> {
    unimplemented!()
}
