//! `hallpass lab fault`.

use std::path::Path;

use clap::{Args, Subcommand};
use hallpass_lab::FaultWish;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print, print_json};

/// Faults of a running lab.
#[derive(Debug, Args)]
pub(crate) struct FaultArguments {
    #[command(subcommand)]
    command: FaultCommand,
}

#[derive(Debug, Subcommand)]
enum FaultCommand {
    /// End faults: all, or those of a service, or one.
    Clear {
        /// Which, as `SERVICE` or `SERVICE:KIND` [default: all].
        #[arg(value_name = "SERVICE[:KIND]")]
        which: Option<String>,
    },
    /// Print the faults in force, and how often each has shown.
    List,
    /// Put faults in force.
    Set {
        /// `SERVICE:KIND[:VALUE][:RATE]`, such as `sts:throttle:0.1`, `ecr:latency:200ms`, `*:reset:3x`.
        #[arg(value_name = "FAULT", required = true)]
        faults: Vec<FaultWish>,
        /// What the calls that a rate hits are drawn from.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
    },
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &FaultArguments,
    format: Format,
) -> Result<u8, Failure> {
    let lab = RunningLab::find(folder).await.map_err(Failure::unknown)?;
    let answer = match &arguments.command {
        FaultCommand::Clear { which } => {
            let (service, kind) = match which.as_deref() {
                None => (None, None),
                Some(which) => match which.split_once(':') {
                    None => (Some(which), None),
                    Some((service, kind)) => (Some(service), Some(kind)),
                },
            };
            let wish = json!({ "clear": { "service": service, "kind": kind } });
            lab.post("faults", &wish).await
        }
        FaultCommand::List => lab.get("faults").await,
        FaultCommand::Set { faults, seed } => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let wish = json!({ "set": faults, "seed": seed });
            lab.post("faults", &wish).await
        }
    };
    show(&answer.map_err(Failure::unknown)?, format);
    Ok(exit::DONE)
}

fn show(answer: &Value, format: Format) {
    if format == Format::Json {
        print_json(answer);
        return;
    }
    let faults = answer.get("faults").and_then(Value::as_array);
    if faults.is_none_or(Vec::is_empty) {
        print("no fault is in force");
    }
    for fault in faults.into_iter().flatten() {
        let count = |name: &str| fault.get(name).and_then(Value::as_u64).unwrap_or_default();
        let text = fault.get("fault").and_then(Value::as_str);
        print(&format!(
            "{} has shown {} of {} times",
            text.unwrap_or_default(),
            count("hit"),
            count("calls")
        ));
    }
}
