//! A process: its environment is what is given and nothing else, its output comes line by line, and it ends
//! in time, with all that it has started.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

/// What to run.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) folder: PathBuf,
    pub(crate) timeout: Option<Duration>,
    /// What the process reads.
    pub(crate) input: Option<String>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Cancelled,
    Code(i32),
    TimedOut,
}

/// Runs it; each line of its output goes to `on_line`.
pub(crate) async fn run(
    launch: Launch,
    cancel: &mut watch::Receiver<bool>,
    on_line: &mut (dyn FnMut(&str) + Send),
) -> io::Result<Ended> {
    let mut child = spawn(&launch)?;
    if let (Some(input), Some(mut stdin)) = (launch.input, child.stdin.take()) {
        tokio::spawn(async move {
            // A process that does not read its input is none of our fault.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await;
        });
    }
    let (sender, mut lines) = mpsc::channel(CHANNEL);
    for output in [
        child.stdout.take().map(Output::Out),
        child.stderr.take().map(Output::Error),
    ]
    .into_iter()
    .flatten()
    {
        let sender = sender.clone();
        tokio::spawn(async move {
            match output {
                Output::Out(out) => read(out, sender).await,
                Output::Error(error) => read(error, sender).await,
            }
        });
    }
    drop(sender);
    let deadline = tokio::time::sleep(launch.timeout.unwrap_or(FOREVER));
    tokio::pin!(deadline);
    let mut is_open = true;
    let ended = loop {
        tokio::select! {
            biased;
            line = lines.recv(), if is_open => match line {
                Some(line) => on_line(&line),
                None => is_open = false,
            },
            status = child.wait() => break Ended::Code(code(status?)),
            () = &mut deadline => break Ended::TimedOut,
            () = cancelled(cancel) => break Ended::Cancelled,
        }
    };
    if ended != Ended::Code(0) || is_open {
        drain(&mut lines, on_line).await;
    }
    if !matches!(ended, Ended::Code(_)) {
        kill(&mut child).await;
    }
    Ok(ended)
}

enum Output {
    Error(tokio::process::ChildStderr),
    Out(tokio::process::ChildStdout),
}

fn spawn(launch: &Launch) -> io::Result<Child> {
    Command::new(&launch.program)
        .args(&launch.arguments)
        .env_clear()
        .envs(&launch.environment)
        .current_dir(&launch.folder)
        .stdin(if launch.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // All that it starts can be ended with it.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// What is still in the pipes. A process that stays behind with them open is not waited for.
async fn drain(lines: &mut mpsc::Receiver<String>, on_line: &mut (dyn FnMut(&str) + Send)) {
    while let Ok(Some(line)) = tokio::time::timeout(LINGER, lines.recv()).await {
        on_line(&line);
    }
}

/// Ends the process and all of its group: kindly, then not.
async fn kill(child: &mut Child) {
    for signal in ["TERM", "KILL"] {
        if let Some(group) = child.id() {
            // The shell's own `kill`: signals are none of the standard library's.
            let _ = Command::new("/bin/sh")
                .args([
                    "-c",
                    "kill -s \"$0\" -- \"-$1\"",
                    signal,
                    &group.to_string(),
                ])
                .stderr(Stdio::null())
                .status()
                .await;
        }
        if tokio::time::timeout(GRACE, child.wait()).await.is_ok() {
            return;
        }
    }
}

/// Resolves when the run is cancelled; never where nobody can cancel it.
pub(crate) async fn cancelled(cancel: &mut watch::Receiver<bool>) {
    if cancel.wait_for(|is| *is).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn read(output: impl AsyncRead + Unpin, sender: mpsc::Sender<String>) {
    let mut reader = BufReader::with_capacity(64 << 10, output);
    let mut line = Vec::new();
    while let Ok(buffer) = reader.fill_buf().await {
        if buffer.is_empty() {
            break;
        }
        let (taken, is_whole) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (buffer.len(), false),
        };
        line.extend_from_slice(buffer.get(..taken).unwrap_or_default());
        reader.consume(taken);
        // A line without an end must not fill the memory.
        if (is_whole || line.len() >= MAX_LINE) && sender.send(text(&mut line)).await.is_err() {
            return;
        }
    }
    if !line.is_empty() {
        let _ = sender.send(text(&mut line)).await;
    }
}

fn text(line: &mut Vec<u8>) -> String {
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    let text = String::from_utf8_lossy(line).into_owned();
    line.clear();
    text
}

fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

const CHANNEL: usize = 1024;
const MAX_LINE: usize = 64 << 10;
// GitHub's own bound for a job is six hours.
const FOREVER: Duration = Duration::from_hours(6);
const LINGER: Duration = Duration::from_millis(500);
const GRACE: Duration = Duration::from_secs(5);
