//! The runner of documented commands passes what is true and names what is not.

#![expect(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;
use xtask::Fault;
use xtask::console::{play, steps};
use xtask::generate::{cli_page, codes_page, stale};
use xtask::tidy::CodePage;
use xtask::tree::Tree;

/// A stand-in for the binary, with a help of two levels.
fn stand_in(folder: &TempDir) -> PathBuf {
    let script = r#"#!/bin/sh
case "$*" in
  --help) printf 'Top.  \n\nCommands:\n  lab   The lab\n  help  Print this\n\nOptions:\n  -h\n' ;;
  'lab --help') printf 'The lab.\n' ;;
  *) echo "args: $*"; exit 1 ;;
esac
"#;
    let path = folder.path().join("stand-in");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn run(page: &str) -> Vec<Fault> {
    let folder = tempfile::tempdir().unwrap();
    let (steps, faults) = steps("page.md", page);
    assert_eq!(faults, []);
    play(
        &Tree::at(folder.path()),
        "page.md",
        &steps,
        &stand_in(&folder),
    )
    .unwrap()
}

#[test]
fn steps_share_a_shell_and_the_binary_answers_to_its_name() {
    let page = "```console\n$ export A=1; cd \"$HOME\"; touch here\n$ echo $A; ls\n1\nhere\n\
        $ hallpass x\nargs: x\n[exit 1]\n```\n";
    assert_eq!(run(page), []);
}

#[test]
fn a_step_that_prints_otherwise_is_named_with_its_line() {
    let faults = run("text\n```console\n$ echo a\na\n$ echo b\nc\n$ hallpass x\nargs: x\n```\n");
    let printed: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert_eq!(
        printed,
        [
            "page.md:5: docs: `echo b` printed\n    b",
            "page.md:7: docs: `hallpass x` printed\n    args: x\n    [exit 1]"
        ]
    );
}

#[test]
fn a_step_left_behind_does_not_hold_the_page_up() {
    assert_eq!(
        run("```console\n$ sleep 20 & echo started\nstarted\n```\n"),
        []
    );
}

#[test]
fn the_reference_holds_the_help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = cli_page(&stand_in(&folder)).unwrap();
    assert!(
        page.contains("## hallpass\n\n```text\nTop.\n\nCommands:"),
        "{page}"
    );
    assert!(
        page.ends_with("## hallpass lab\n\n```text\nThe lab.\n```\n"),
        "{page}"
    );
}

#[test]
fn a_stale_page_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let pages = [CodePage {
        path: "docs/codes/a/b.md".to_owned(),
        text: "# a/b\n\n## What it means\n\nX | y. Z.\n".to_owned(),
    }];
    let index = codes_page(&pages);
    assert!(
        index.ends_with("| [`a/b`](../codes/a/b.md) | X \\| y. |\n"),
        "{index}"
    );
    fs::write(folder.path().join("fresh.md"), &index).unwrap();
    fs::write(folder.path().join("old.md"), "old").unwrap();
    let pages = ["fresh.md", "old.md", "absent.md"].map(|path| (path, index.clone()));
    let printed: Vec<String> = stale(&Tree::at(folder.path()), &pages)
        .iter()
        .map(Fault::to_string)
        .collect();
    assert_eq!(
        printed,
        [
            "old.md: generated: is stale: run `cargo xtask gen`",
            "absent.md: generated: is stale: run `cargo xtask gen`"
        ]
    );
}
