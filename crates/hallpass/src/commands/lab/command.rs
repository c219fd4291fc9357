//! The command itself: its arguments, and which subcommand runs.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    clock, env, events, fault, github, job, reset, run as runs, start, status, stop, token,
};
use crate::cli::Format;
use crate::environment;
use crate::output::Failure;

/// The lab: an AWS account and a cluster on this machine's loopback.
#[derive(Debug, Args)]
pub(crate) struct LabArguments {
    /// The lab's folder [default: hallpass/lab in the XDG state folder].
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,

    #[command(subcommand)]
    command: LabCommand,
}

#[derive(Debug, Subcommand)]
enum LabCommand {
    /// Show the lab's clock, or turn it: tokens and sessions end by it.
    Clock(clock::ClockArguments),
    /// Print what clients need to use the lab, as shell exports.
    Env(env::EnvArguments),
    /// Print the lab's calls with their decisions, explained.
    Events(events::EventsArguments),
    /// Let services of the lab fail: throttle, reset, be late, and more.
    Fault(fault::FaultArguments),
    /// Repositories and keys of the lab's GitHub.
    Github(github::GithubArguments),
    /// Start and end jobs of GitHub Actions: a token endpoint and the variables that lead there.
    Job(job::JobArguments),
    /// Stop the lab and delete all that it holds.
    Reset(reset::ResetArguments),
    /// Run a workflow's job for real on this machine, as a runner of the lab.
    Run(Box<runs::RunArguments>),
    /// Start the lab.
    Start(start::StartArguments),
    /// Say whether the lab runs, where it listens and what it holds.
    Status,
    /// Stop the lab; what it holds stays.
    Stop,
    /// Print a web identity token of one of the cluster's service accounts.
    Token(token::TokenArguments),
}

/// Runs the command.
pub(crate) async fn run(arguments: LabArguments, format: Format) -> Result<u8, Failure> {
    let folder = arguments
        .dir
        .unwrap_or_else(environment::default_lab_folder);
    match arguments.command {
        LabCommand::Clock(arguments) => clock::run(&folder, &arguments, format).await,
        LabCommand::Env(arguments) => env::run(&folder, &arguments, format).await,
        LabCommand::Events(arguments) => events::run(&folder, &arguments, format).await,
        LabCommand::Fault(arguments) => fault::run(&folder, &arguments, format).await,
        LabCommand::Github(arguments) => github::run(&folder, &arguments, format).await,
        LabCommand::Job(arguments) => job::run(&folder, &arguments, format).await,
        LabCommand::Reset(arguments) => reset::run(&folder, &arguments, format).await,
        LabCommand::Run(arguments) => runs::run(&folder, &arguments, format).await,
        LabCommand::Start(arguments) => start::run(&folder, &arguments, format).await,
        LabCommand::Status => status::run(&folder, format).await,
        LabCommand::Stop => stop::run(&folder, format).await,
        LabCommand::Token(arguments) => token::run(&folder, &arguments, format).await,
    }
}
