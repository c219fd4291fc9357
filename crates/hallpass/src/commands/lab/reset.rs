//! `hallpass lab reset`.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::stop;
use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, print, print_error, print_json};

/// How to reset.
#[derive(Debug, Args)]
pub(crate) struct ResetArguments {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// Why the lab was not reset.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum ResetError {
    /// Nobody could be asked.
    #[error("`lab reset` deletes all that the lab holds, and nobody is there to be asked")]
    #[diagnostic(code("lab/reset-unconfirmed"), help("say `--yes`"))]
    Unconfirmed,
    /// A file could not be removed.
    #[error("`{}` could not be removed", path.display())]
    #[diagnostic(
        code("lab/reset-failed"),
        help("remove it by hand, then run `hallpass lab reset` again")
    )]
    Remove {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Runs the command.
pub(super) async fn run(
    folder: &Path,
    arguments: &ResetArguments,
    format: Format,
) -> Result<u8, Failure> {
    let doomed: Vec<PathBuf> = OWNED
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.exists())
        .collect();
    if doomed.is_empty() {
        return Ok(finish(format, folder, &doomed));
    }
    if !arguments.yes && !is_confirmed(folder)? {
        return Ok(exit::NO);
    }
    stop::stop(folder).await?;
    for path in &doomed {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
        match removed {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => {
                let path = path.clone();
                return Err(Failure::unknown(ResetError::Remove { path, source }));
            }
        }
    }
    Ok(finish(format, folder, &doomed))
}

fn finish(format: Format, folder: &Path, doomed: &[PathBuf]) -> u8 {
    match format {
        Format::Json => print_json(&json!({ "removed": doomed })),
        Format::Human | Format::Plain if doomed.is_empty() => {
            print(&format!("there is no lab in {}", folder.display()));
        }
        Format::Human | Format::Plain => {
            print(&format!("the lab in {} is gone", folder.display()));
        }
    }
    exit::DONE
}

fn is_confirmed(folder: &Path) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(ResetError::Unconfirmed));
    }
    print_error(&format!(
        "This stops the lab in {} and deletes all that it holds. Type `yes` to go on:",
        folder.display()
    ));
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(Failure::runtime)?;
    Ok(line.trim() == "yes")
}

/// What a lab makes in its folder. Nothing else is touched: the folder may be anybody's.
const OWNED: &[&str] = &[
    "ca",
    "container-client",
    "container-client.json",
    "cloudtrail",
    "cluster",
    "events.1.jsonl",
    "events.jsonl",
    "example",
    "kubeconfig",
    "lab.json",
    "lab.log",
    "registry",
    "state.redb",
];
