//! Plays the steps of one page in one shell.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Step, matches, steps};
use crate::{Fault, tree::Tree};

/// Stands alone on a line between the outputs of two steps, followed by the exit status.
const MARK: &str = "--- xtask: that was a step; its exit status is ";

/// Plays README.md and the guides with the built binary.
pub fn check(tree: &Tree) -> Result<Vec<Fault>> {
    let binary = tree.binary()?;
    let mut pages = vec!["README.md".to_owned()];
    pages.extend(tree.files("docs/guide", "md")?);
    let mut faults = Vec::new();
    for page in pages {
        let (steps, wrong) = steps(&page, &tree.read(&page)?);
        faults.extend(wrong);
        if !steps.is_empty() {
            faults.extend(play(tree, &page, &steps, &binary)?);
        }
    }
    Ok(faults)
}

/// Plays `steps` of `page`, with `hallpass` being `binary`; a fault for each that prints otherwise.
pub fn play(tree: &Tree, page: &str, steps: &[Step], binary: &Path) -> Result<Vec<Fault>> {
    let scratch = tempfile::tempdir()?;
    for folder in ["bin", "home", "work"] {
        fs::create_dir(scratch.path().join(folder))?;
    }
    symlink(binary, scratch.path().join("bin/hallpass"))?;
    // Pages name the examples as from the root of the tree.
    symlink(tree.path("examples"), scratch.path().join("work/examples"))?;
    // A command may leave a process behind that keeps its output open: a file does not wait for it.
    let printed = scratch.path().join("printed");
    let out = File::create(&printed)?;
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        scratch.path().join("bin").display(),
        tree.path(".venv/bin").display()
    );
    let status = Command::new("bash")
        .args(["-c", &script(steps)])
        .current_dir(scratch.path().join("work"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", scratch.path().join("home"))
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .stdin(std::process::Stdio::null())
        .stderr(out.try_clone()?)
        .stdout(out)
        .status()
        .context("failed to run bash")?;
    if !status.success() {
        bail!("the shell of {page} ended with {status}: a step must not end it");
    }
    let printed = String::from_utf8_lossy(&fs::read(&printed)?).into_owned();
    Ok(compare(page, steps, &printed))
}

/// One shell script of all steps, so that what one exports the next one sees.
fn script(steps: &[Step]) -> String {
    let step = |step: &Step| {
        let command = &step.command;
        format!("{{ {command}\n}} 2>&1; printf '\\n{MARK}%s\\n' \"$?\"\n")
    };
    steps.iter().map(step).collect()
}

fn compare(page: &str, steps: &[Step], printed: &str) -> Vec<Fault> {
    let mut rest = printed;
    let mut faults = Vec::new();
    for step in steps {
        let (mut output, status) = match rest.split_once(&format!("\n{MARK}")) {
            Some((output, tail)) => {
                let (status, tail) = tail.split_once('\n').unwrap_or((tail, ""));
                rest = tail;
                (output.lines().map(str::to_owned).collect(), status)
            }
            None => (Vec::new(), "nothing: it did not run"),
        };
        if status != "0" {
            output.push(format!("[exit {status}]"));
        }
        if !matches(&step.expected, &output) {
            let says = format!("`{}` printed\n    {}", step.command, output.join("\n    "));
            faults.push(Fault::new("docs", format!("{page}:{}", step.line), says));
        }
    }
    faults
}
