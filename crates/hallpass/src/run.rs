//! From arguments to an exit code.

use std::ffi::OsString;
use std::panic;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::commands::{demo, explain, lab, policy, rules};
use crate::output::{self, Failure};
use crate::{docker, exit};

/// Runs the command that the arguments name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // The note replaces the default message, which speaks to programmers.
    panic::set_hook(Box::new(output::report_bug));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(code) = docker::run(&arguments) {
        return code;
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let is_answer = !error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if is_answer { exit::DONE } else { exit::USAGE });
        }
    };
    let format = cli.output;
    let outcome = panic::catch_unwind(move || run(cli));
    match outcome {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            output::report(&failure, format);
            ExitCode::from(failure.exit)
        }
        Err(_) => ExitCode::from(exit::BUG),
    }
}

fn run(cli: Cli) -> Result<u8, Failure> {
    let format = cli.output;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::runtime)?;
    let outcome = runtime.block_on(async move {
        match cli.command {
            Command::Demo(arguments) => Box::pin(demo::run(arguments, format)).await,
            Command::Lab(arguments) => Box::pin(lab::run(arguments, format)).await,
            Command::Explain(arguments) => explain::run(&arguments, format),
            Command::Policy(arguments) => policy::run(&arguments, format),
            Command::Rules(arguments) => rules::run(&arguments, format),
        }
    });
    // A worker that hangs must not keep a finished command.
    runtime.shutdown_background();
    outcome
}
