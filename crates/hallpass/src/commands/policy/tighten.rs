//! `hallpass policy tighten`.

use clap::Args;

use crate::cli::Format;
use crate::output::Failure;

/// TODO
#[derive(Debug, Args)]
pub(crate) struct TightenArguments {}

/// Runs the command.
pub(super) fn run(_arguments: &TightenArguments, _format: Format) -> Result<u8, Failure> {
    unimplemented!()
}
