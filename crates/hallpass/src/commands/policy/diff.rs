//! `hallpass policy diff`.

use clap::Args;

use crate::cli::Format;
use crate::output::Failure;

/// TODO
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {}

/// Runs the command.
pub(super) fn run(_arguments: &DiffArguments, _format: Format) -> Result<u8, Failure> {
    unimplemented!()
}
