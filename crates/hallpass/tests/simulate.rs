//! `hallpass policy simulate` as a user meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallpass"));
    command
        .args(["policy", "simulate"])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs over a text on standard input.
fn simulate(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Who refuses its arguments reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn case(name: &str, action: &str) -> Value {
    json!({
        "name": name,
        "request": {
            "principal": "arn:aws:iam::111122223333:user/ana",
            "action": action,
            "resource": "arn:aws:s3:::reports/q1",
            "context": {"aws:SourceIp": "203.0.113.9"},
        },
        "identityPolicies": [{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
            {
                "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}},
            },
        ]}],
    })
}

#[test]
fn a_denial_is_told_with_what_is_wanted_and_got() {
    let cases = json!([
        case("reads", "s3:GetObject"),
        case("writes", "s3:PutObject")
    ]);
    let output = simulate(&["-"], &cases.to_string());
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout), @r"
    reads: Allow
      allowed by statement 0 of identityPolicies[0] (identity-based policy)
    writes: ImplicitDeny
      no identity-based policy allows s3:PutObject on arn:aws:s3:::reports/q1: statement 1 of identityPolicies[0] wants IpAddress aws:SourceIp `10.0.0.0/8` or `192.168.0.0/16`, got `203.0.113.9`
        IpAddress aws:SourceIp
          wanted 10.0.0.0/8
          wanted 192.168.0.0/16
          got    203.0.113.9
    2 cases: 1 allowed, 1 denied
    ");
}

#[test]
fn a_case_that_says_what_it_wants_is_a_test() {
    let wanting = |action: &str, decision: &str| {
        let mut case = case("x", action);
        case["decision"] = json!(decision);
        simulate(&["-"], &case.to_string())
    };
    assert_eq!(
        wanting("s3:PutObject", "ImplicitDeny").status.code(),
        Some(0)
    );
    assert_eq!(wanting("s3:GetObject", "Allow").status.code(), Some(0));
    let output = wanting("s3:GetObject", "ExplicitDeny");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.starts_with("x: Allow, where ExplicitDeny is expected\n"),
        "{said}"
    );
    assert!(
        said.ends_with("1 case: 1 allowed, 0 denied, 1 not as expected\n"),
        "{said}"
    );
}

#[test]
fn a_case_that_cannot_be_used_is_told_with_its_place_and_the_others_are_decided() {
    let lines = format!("{}\n{{\"name\": \"bad\"}}\n", case("reads", "s3:GetObject"));
    let output = simulate(&["-"], &lines);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).ends_with("2 cases: 1 allowed, 0 denied, 1 not usable\n"));
    insta::assert_snapshot!(text(&output.stderr), @r"
    error[case/missing-field]: <stdin>: 2:1: `request` is missing
    help: a case has a `request` with `principal`, `action` and `resource`
    more: hallpass rules case/missing-field
    ");
}

#[test]
fn json_is_one_list_of_results() {
    let output = simulate(
        &["-", "--output", "json"],
        &case("reads", "s3:GetObject").to_string(),
    );
    assert_eq!(output.status.code(), Some(0));
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results[0]["decision"], "Allow");
    assert_eq!(
        results[0]["explanation"][0]["policy"],
        "identityPolicies[0]"
    );
}

#[test]
fn a_line_is_answered_before_the_next_is_sent() {
    let mut child = command(&["--lines"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for (action, decision) in [("s3:GetObject", "Allow"), ("s3:PutObject", "ImplicitDeny")] {
        writeln!(stdin, "{}", case(action, action)).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let result: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&result["name"], &result["decision"]),
            (&json!(action), &json!(decision))
        );
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn lines_and_files_are_two_ways() {
    for arguments in [&[][..], &["--lines", "x.json"]] {
        let output = simulate(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
    let output = simulate(&["missing.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error[policy/file]: `missing.json` cannot be read"));
}
