//! `hallpass lab events`.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use hallpass_lab::EVENT_FILE;
use serde_json::Value;

use crate::cli::Format;
use crate::exit;
use crate::output::{Failure, print};

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// Go on printing events as they happen.
    #[arg(long)]
    follow: bool,
    /// Only calls that were refused.
    #[arg(long)]
    refused: bool,
}

/// The event log cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the event log `{}` cannot be read", path.display())]
#[diagnostic(
    code("lab/no-events"),
    help("start a lab with `hallpass lab start`, or name its folder with `--dir`")
)]
struct NoEvents {
    path: PathBuf,
    source: io::Error,
}

/// Runs the command; works on a stopped lab's folder too.
pub(super) async fn run(
    folder: &Path,
    arguments: &EventsArguments,
    format: Format,
) -> Result<u8, Failure> {
    let path = folder.join(EVENT_FILE);
    let fault = |source| {
        Failure::unknown(NoEvents {
            path: path.clone(),
            source,
        })
    };
    let mut reader = BufReader::new(File::open(&path).map_err(fault)?);
    let mut line = String::new();
    loop {
        let read = reader.read_line(&mut line).map_err(fault)?;
        if line.ends_with('\n') {
            show(line.trim_end(), arguments, format);
            line.clear();
        } else if read == 0 {
            if !arguments.follow {
                return Ok(exit::DONE);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            // The lab begins another file when this one is full.
            if let Some(next) = replaced(&path, reader.get_ref()) {
                reader = BufReader::new(next);
                line.clear();
            }
        }
    }
}

fn replaced(path: &Path, open: &File) -> Option<File> {
    use std::os::unix::fs::MetadataExt as _;
    let next = File::open(path).ok()?;
    let (new, old) = (next.metadata().ok()?, open.metadata().ok()?);
    (new.ino() != old.ino()).then_some(next)
}

fn show(line: &str, arguments: &EventsArguments, format: Format) {
    let Ok(event) = serde_json::from_str::<Value>(line) else {
        return;
    };
    if arguments.refused && event.get("error").is_none() {
        return;
    }
    if format == Format::Json {
        print(line);
        return;
    }
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("-")
            .to_owned()
    };
    if event.get("fault").is_some() {
        let (time, service) = (text(&event, "time"), text(&event, "service"));
        print(&format!(
            "{time} {service}: fault {}",
            text(&event, "fault")
        ));
        return;
    }
    print(&format!(
        "{} {} {}:{} by {}",
        text(&event, "time"),
        event
            .get("status")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        text(&event, "service"),
        text(&event, "operation"),
        text(&event, "caller"),
    ));
    let decisions = event.get("decisions").and_then(Value::as_array);
    for decision in decisions.into_iter().flatten() {
        print(&format!(
            "  {} {} on {}: {}",
            text(decision, "decision"),
            text(decision, "action"),
            text(decision, "resource"),
            text(decision, "summary"),
        ));
    }
    if let Some(error) = event.get("error") {
        let detail = error.get("detail").and_then(Value::as_str);
        print(&format!(
            "  {}: {}{}",
            text(error, "code"),
            text(error, "message"),
            detail.map_or_else(String::new, |detail| format!(" ({detail})")),
        ));
    }
}
