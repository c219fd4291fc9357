//! `hallpass policy simulate`.

use clap::Args;

use crate::cli::Format;
use crate::output::Failure;

/// TODO
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {}

/// Runs the command.
pub(super) fn run(_arguments: &SimulateArguments, _format: Format) -> Result<u8, Failure> {
    unimplemented!()
}
