//! `hallpass explain`: why a request would be allowed or denied, statement by statement.

use clap::Args;

use crate::cli::Format;
use crate::output::Failure;

/// TODO
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {}

/// Runs the command.
pub(crate) fn run(_arguments: &ExplainArguments, _format: Format) -> Result<u8, Failure> {
    unimplemented!()
}
