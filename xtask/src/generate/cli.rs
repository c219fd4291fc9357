//! The command reference: what `--help` says, of every command, as the built binary says it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

const HEAD: &str =
    "<!-- Written by `cargo xtask gen` from the binary's help; edit the commands instead. -->
# Commands
";

/// The page for the binary at `path`.
pub fn cli_page(path: &Path) -> Result<String> {
    let mut out = HEAD.to_owned();
    section(path, &[], &mut out)?;
    Ok(out)
}

fn section(path: &Path, words: &[String], out: &mut String) -> Result<()> {
    let help = help(path, words)?;
    let title = [&["hallpass".to_owned()], words].concat().join(" ");
    let _ = write!(out, "\n## {title}\n\n```text\n{}\n```\n", help.trim_end());
    for name in commands(&help) {
        let mut longer = words.to_vec();
        longer.push(name.to_owned());
        section(path, &longer, out)?;
    }
    Ok(())
}

/// The help of one command. Nothing of the caller's environment shows in it.
fn help(path: &Path, words: &[String]) -> Result<String> {
    let output = Command::new(path)
        .args(words)
        .arg("--help")
        .env_clear()
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .with_context(|| format!("failed to run {}", path.display()))?;
    if !output.status.success() {
        bail!(
            "`hallpass {} --help` failed: {}",
            words.join(" "),
            output.status
        );
    }
    let text = String::from_utf8(output.stdout).context("the help is not UTF-8")?;
    Ok(text
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n"))
}

/// The names listed under `Commands:`; clap's own `help` has nothing to add.
fn commands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_commands_and_leaves_out_wrapped_lines_and_help() {
        let help = "About.\n\nUsage: x <COMMAND>\n\nCommands:\n  lab   The lab:\n        more\n  demo  Shows\n  help  Print this\n\nOptions:\n  -h  Print help";
        assert_eq!(commands(help), ["lab", "demo"]);
        assert!(commands("Usage: x\n\nOptions:\n  -h").is_empty());
    }
}
