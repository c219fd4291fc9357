//! `hallpass lab start`.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use hallpass_lab::{Config, FaultWish, Lab, LabError, SystemChance};
use hallpass_types::{AccountId, Partition, Region, SystemClock};
use tokio::signal::unix::{SignalKind, signal};

use super::status;
use crate::cli::Format;
use crate::control::RunningLab;
use crate::exit;
use crate::output::{Failure, print_error};

/// How to start the lab.
#[derive(Debug, Default, Args)]
pub(crate) struct StartArguments {
    /// Stay in the foreground until interrupted.
    #[arg(long)]
    foreground: bool,
    /// The account of a fresh lab [default: 111122223333].
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The region of a fresh lab [default: us-west-2, or the partition's own].
    #[arg(long)]
    region: Option<Region>,
    /// The partition of a fresh lab: aws, aws-cn or aws-us-gov [default: told by the region].
    #[arg(long)]
    partition: Option<Partition>,
    /// PEM file of authorities to trust when IAM providers point at other issuers on loopback.
    #[arg(long, value_name = "FILE")]
    trust_ca: Option<PathBuf>,
    /// Port of the captive HTTPS listener, 443 for a hosts entry [default: any free port].
    #[arg(long, value_name = "PORT")]
    captive_port: Option<u16>,
    /// A fault to show from the start, `SERVICE:KIND[:VALUE][:RATE]`; may be given more than once.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<FaultWish>,
    /// What the calls that a fault with a rate hits are drawn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    fault_seed: u64,
}

/// Why the background lab did not come up.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum StartError {
    /// The process could not be started.
    #[error("the lab's process could not be started")]
    #[diagnostic(
        code("lab/no-process"),
        help("start it in the foreground to see more: `hallpass lab start --foreground`")
    )]
    Spawn {
        /// What the system said.
        source: io::Error,
    },
    /// The process ended, or did not answer in time.
    #[error("the lab did not come up: {reason}")]
    #[diagnostic(
        code("lab/not-up"),
        help("start it in the foreground to see more: `hallpass lab start --foreground`")
    )]
    NotUp {
        /// The last of its log.
        reason: String,
    },
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &StartArguments,
    format: Format,
) -> Result<u8, Failure> {
    if RunningLab::find(folder).await.is_ok() {
        return Err(Failure::usage(LabError::AlreadyRunning {
            folder: folder.to_owned(),
        }));
    }
    if arguments.foreground {
        return in_foreground(folder, arguments, format).await;
    }
    let child = in_background(folder, arguments)
        .map_err(|source| Failure::unknown(StartError::Spawn { source }))?;
    wait_until_up(folder, child).await?;
    status::run(folder, format).await
}

/// Starts a lab in the background as it is by default.
pub(super) async fn ensure(folder: &Path) -> Result<RunningLab, Failure> {
    let child = in_background(folder, &StartArguments::default())
        .map_err(|source| Failure::unknown(StartError::Spawn { source }))?;
    wait_until_up(folder, child).await?;
    RunningLab::find(folder).await.map_err(Failure::unknown)
}

async fn in_foreground(
    folder: &Path,
    arguments: &StartArguments,
    format: Format,
) -> Result<u8, Failure> {
    let config = Config {
        folder: folder.to_owned(),
        account: arguments.account,
        region: arguments.region.clone(),
        partition: arguments.partition,
        trust_ca: arguments.trust_ca.clone(),
        captive_port: arguments.captive_port,
        faults: arguments.fault.clone(),
        fault_seed: arguments.fault_seed,
    };
    let lab = Lab::start(&config, Arc::new(SystemClock), Arc::new(SystemChance))
        .await
        .map_err(Failure::unknown)?;
    status::print(lab.description(), None, format);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::runtime)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(Failure::runtime)?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            // A lab in the background outlives the terminal that it was started from.
            _ = hangup.recv() => {}
            () = lab.stopped() => break,
        }
    }
    lab.stop().await;
    Ok(exit::DONE)
}

fn in_background(folder: &Path, arguments: &StartArguments) -> io::Result<Child> {
    std::fs::create_dir_all(folder)?;
    let log = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(folder.join(LOG))?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["lab", "start", "--foreground", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Interrupting the shell's foreground job must not end the lab.
        .process_group(0);
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            command.arg(name).arg(value);
        }
    };
    option("--account", arguments.account.map(|a| a.to_string()));
    option("--region", arguments.region.as_ref().map(Region::to_string));
    option("--partition", arguments.partition.map(|p| p.to_string()));
    option(
        "--captive-port",
        arguments.captive_port.map(|p| p.to_string()),
    );
    option("--fault-seed", Some(arguments.fault_seed.to_string()));
    for fault in &arguments.fault {
        option("--fault", Some(fault.to_string()));
    }
    if let Some(file) = &arguments.trust_ca {
        command.arg("--trust-ca").arg(std::path::absolute(file)?);
    }
    command.spawn()
}

async fn wait_until_up(folder: &Path, mut child: Child) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS {
        if RunningLab::find(folder).await.is_ok() {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            let log = std::fs::read_to_string(folder.join(LOG)).unwrap_or_default();
            print_error(log.trim_end());
            return Err(Failure::unknown(StartError::NotUp {
                reason: format!("its process ended with {status}"),
            }));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Failure::unknown(StartError::NotUp {
        reason: "it did not answer in time".to_owned(),
    }))
}

const LOG: &str = "lab.log";
const PAUSE: Duration = Duration::from_millis(25);
// Ten seconds: a first start makes keys, which takes a slow machine a second or two.
const ATTEMPTS: usize = 400;
