//! The command line as a user meets it: exit codes, what goes to stdout, what to stderr.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary with nothing of this shell's environment but where its lab may live.
fn hallpass(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .args(arguments)
        .env_clear()
        .env("XDG_STATE_HOME", home)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_missing_lab_is_told_with_code_and_help() {
    let home = tempfile::tempdir().unwrap();
    let output = hallpass(home.path(), &["lab", "env"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
    let said = text(&output.stderr).replace(&home.path().display().to_string(), "[home]");
    insta::assert_snapshot!(said, @r"
    error[lab/not-running]: no lab is running in `[home]/hallpass/lab`
    help: start it with `hallpass lab start`, or name its folder with `--dir`
    more: hallpass rules lab/not-running
    ");
}

#[test]
fn an_error_is_one_json_document_when_asked() {
    let home = tempfile::tempdir().unwrap();
    let output = hallpass(home.path(), &["lab", "stop", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "{\n  \"stopped\": false\n}\n");
    let output = hallpass(
        home.path(),
        &["rules", "lab/not-runing", "--output", "json"],
    );
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(&output.stderr), @r#"{"code":"cli/unknown-code","message":"there is no code `lab/not-runing`, the nearest is `lab/not-running`","causes":[],"help":"`hallpass rules` lists all codes"}"#);
}

#[test]
fn every_listed_code_has_its_page() {
    let home = tempfile::tempdir().unwrap();
    let output = hallpass(home.path(), &["rules", "--output", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let listed = text(&output.stdout);
    let codes: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').strip_prefix('"'))
        .map(|code| code.trim_end_matches('"'))
        .collect();
    assert!(codes.contains(&"lab/not-running"));
    for code in codes {
        let output = hallpass(home.path(), &["rules", code]);
        assert_eq!(output.status.code(), Some(0), "{code}");
        assert!(text(&output.stdout).starts_with(&format!("# {code}\n")));
    }
}

#[test]
fn wrong_words_are_a_usage_error() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["frobnicate"][..],
        &["lab", "token", "no-slash"],
        &["lab", "token", "a/b", "--duration", "0"],
        &["lab", "start", "--account", "12"],
        &["lab", "start", "--region", "mars"],
        &["lab", "start", "--partition", "aws-moon"],
    ] {
        let output = hallpass(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn reset_asks_unless_told_and_removes_only_what_a_lab_makes() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("lab");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("state.redb"), "x").unwrap();
    std::fs::write(folder.join("mine.txt"), "x").unwrap();
    let dir = folder.display().to_string();
    let output = hallpass(home.path(), &["lab", "reset", "--dir", &dir]);
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.join("state.redb").exists());
    let output = hallpass(home.path(), &["lab", "reset", "--dir", &dir, "--yes"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(!folder.join("state.redb").exists());
    assert!(folder.join("mine.txt").exists());
}
