//! `hallpass policy check` as its user meets it: what is printed where, in each format, and the exit
//! codes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Runs the command in the root of the tree, so that the examples' paths are relative.
fn check(arguments: &[&str]) -> Output {
    run(Path::new("../.."), arguments, b"")
}

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .args(["policy", "check"])
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have read enough before all is written.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

const DEPLOY: &str = "examples/policies/deploy.json";
const PUSH: &str = "examples/policies/push.json";

#[test]
fn findings_are_drawn() {
    let output = check(&[
        DEPLOY,
        "--min-severity",
        "error",
        "--allow",
        "permissions/push-action-missing",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "1 file, 2 errors\n");
    insta::assert_snapshot!(text(&output.stdout), @r#"
    error[permissions/registry-login-limited]: the registry login that `ecr:GetAuthorizationToken` names is limited to resources, and has none
      --> examples/policies/deploy.json:14:19
       |
     8 |         "ecr:GetAuthorizationToken",
       |         ---------------------------
    ...
    14 |       "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/my-app"
       |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ it takes `*` alone
    note: the login fails: `not authorized to perform: ecr:GetAuthorizationToken on resource: *`
    help: give `ecr:GetAuthorizationToken` a statement of its own with `"Resource": "*"`
    more: hallpass rules permissions/registry-login-limited

    error[policy/never-matches]: `yes` is neither true nor false, as `Bool` compares
      --> examples/policies/deploy.json:23:42
       |
    23 |         "Bool": { "aws:SecureTransport": "yes" }
       |                                          ^^^^^ is neither true nor false
    help: write `true` or `false`
    more: hallpass rules policy/never-matches
    "#);
}

#[test]
fn plainly_a_finding_is_a_line_and_its_help() {
    let output = check(&[DEPLOY, PUSH, "--output", "plain"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "2 files, 3 errors, 3 warnings\n");
    insta::assert_snapshot!(text(&output.stdout), @r#"
    examples/policies/deploy.json:7:17: error[permissions/push-action-missing]: a push to `arn:aws:ecr:us-west-2:111122223333:repository/my-app` is begun and cannot end: `ecr:CompleteLayerUpload` and `ecr:PutImage` are missing
      note: `docker push` fails when a layer has been sent, with `denied: User: ... is not authorized to perform: ecr:CompleteLayerUpload on resource: ...`
      help: add `ecr:CompleteLayerUpload` and `ecr:PutImage`
    examples/policies/deploy.json:12:9: warning[policy/unknown-action]: Amazon Elastic Container Registry has no known action `PutImag`
      note: the service data is of 2026-09-26: AWS may have added it since
      help: if it is meant, write `ecr:PutImage`
    examples/policies/deploy.json:14:19: error[permissions/registry-login-limited]: the registry login that `ecr:GetAuthorizationToken` names is limited to resources, and has none
      note: the login fails: `not authorized to perform: ecr:GetAuthorizationToken on resource: *`
      help: give `ecr:GetAuthorizationToken` a statement of its own with `"Resource": "*"`
    examples/policies/deploy.json:20:19: warning[permissions/pass-any-role]: `iam:PassRole` on `*` lets any role of the account be given to a service, an administrator's, too
      help: name the roles that may be passed, and the service with `iam:PassedToService`
    examples/policies/deploy.json:22:47: warning[policy/wildcard-in-string-equals]: `StringEquals` takes the wildcard in `arn:aws:iam::111122223333:role/ci-*` for a plain character
      help: write `StringLike` if a pattern is meant
    examples/policies/deploy.json:23:42: error[policy/never-matches]: `yes` is neither true nor false, as `Bool` compares
      help: write `true` or `false`
    "#);
}

#[test]
fn nothing_found_is_zero() {
    let output = check(&[
        PUSH,
        "examples/article/policy.json",
        "examples/article/trust-policy.json",
    ]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "");
    assert_eq!(text(&output.stderr), "3 files, nothing found\n");
}

#[test]
fn notes_alone_are_zero() {
    let policy = br#"{"Statement":{"Effect":"Allow","Action":"brandnew:Do","Resource":"*"}}"#;
    let output = run(Path::new("."), &["-"], policy);
    assert_eq!(text(&output.stderr), "1 file, 2 notes\n");
    assert_eq!(output.status.code(), Some(0));
    let output = run(Path::new("."), &["-", "--min-severity", "warning"], policy);
    assert_eq!(text(&output.stderr), "1 file, nothing found\n");
}

#[test]
fn files_that_cannot_be_used_do_not_keep_the_others_from_being_checked() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("faulty.json", b"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Effect\": \"allow\", \"Actoin\": \"s3:*\"}\n}\n");
    write("utf8.json", b"{\n\"\xff\"}");
    write(
        "wide.json",
        br#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    );
    let files = ["faulty.json", "none.json", "utf8.json", ".", "wide.json"];
    let output = run(
        folder.path(),
        &[&files[..], &["--output", "plain"]].concat(),
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(&output.stdout), @r"
    faulty.json:3:16: error[policy/missing-element]: `Action` is missing
      help: add `Action`
    faulty.json:3:27: error[policy/unknown-effect]: unknown effect `allow`
      help: write `Allow` or `Deny`; effects are case-sensitive
    faulty.json:3:36: error[policy/unknown-element]: unknown element `Actoin`, the nearest is `Action`
      help: element names are case-sensitive; remove it or write `Action`
    wide.json:1:64: warning[permissions/over-broad]: the policy allows everything: who has it is an administrator
      help: name the actions that are used; `hallpass policy tighten` writes them from a log
    ");
    insta::assert_snapshot!(text(&output.stderr), @r"
    error[policy/file]: `none.json` cannot be read
      cause: No such file or directory (os error 2)
    help: name a file that you may read, or `-` for standard input
    more: hallpass rules policy/file
    error[policy/not-utf8]: `utf8.json` is not UTF-8: what stands at 2:2 begins no character
    help: save it as UTF-8; AWS takes no other encoding
    more: hallpass rules policy/not-utf8
    error[policy/file]: `.` is a directory
    help: name the files in it, such as `./*.json`
    more: hallpass rules policy/file
    5 files, 4 unusable, 3 errors, 1 warning
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the document is shown whole")]
fn json_is_one_document() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("é.json"), "{\"é\": 1}").unwrap();
    let policy =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    fs::write(folder.path().join("wide.json"), policy).unwrap();
    let files = ["é.json", "none.json", "wide.json"];
    let output = run(
        folder.path(),
        &[&files[..], &["--output", "json"]].concat(),
        b"",
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "");
    insta::assert_snapshot!(text(&output.stdout), @r#"
    {
      "files": [
        {
          "file": "é.json",
          "usable": false,
          "findings": [
            {
              "code": "policy/missing-element",
              "severity": "error",
              "confidence": "high",
              "message": "`Statement` is missing",
              "at": {
                "label": "here",
                "start": {
                  "line": 1,
                  "column": 1,
                  "byte": 0
                },
                "end": {
                  "line": 1,
                  "column": 2,
                  "byte": 1
                }
              },
              "help": "add `Statement`"
            },
            {
              "code": "policy/unknown-element",
              "severity": "error",
              "confidence": "high",
              "message": "unknown element `é`, the nearest is `Id`",
              "at": {
                "label": "not an element",
                "start": {
                  "line": 1,
                  "column": 2,
                  "byte": 1
                },
                "end": {
                  "line": 1,
                  "column": 5,
                  "byte": 5
                }
              },
              "help": "element names are case-sensitive; remove it or write `Id`"
            }
          ]
        },
        {
          "file": "none.json",
          "usable": false,
          "findings": [],
          "error": {
            "code": "policy/file",
            "message": "`none.json` cannot be read",
            "causes": [
              "No such file or directory (os error 2)"
            ],
            "help": "name a file that you may read, or `-` for standard input"
          }
        },
        {
          "file": "wide.json",
          "kind": "identity",
          "usable": true,
          "findings": [
            {
              "code": "permissions/over-broad",
              "severity": "warning",
              "confidence": "high",
              "message": "the policy allows everything: who has it is an administrator",
              "at": {
                "label": "every action of every service",
                "start": {
                  "line": 1,
                  "column": 64,
                  "byte": 63
                },
                "end": {
                  "line": 1,
                  "column": 67,
                  "byte": 66
                }
              },
              "help": "name the actions that are used; `hallpass policy tighten` writes them from a log"
            }
          ]
        }
      ],
      "summary": {
        "files": 3,
        "unusable": 2,
        "errors": 2,
        "warnings": 1,
        "notes": 0
      }
    }
    "#);
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let output = check(&[DEPLOY, PUSH, "none.json", "--format", "sarif"]);
    assert_eq!(output.status.code(), Some(2));
    let log = json(&output);
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("/sarif-schema-2.1.0.json")
    );
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "hallpass");
    assert!(
        driver["informationUri"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert!(
            rule["shortDescription"]["text"].as_str().unwrap().len() > 20,
            "{id}"
        );
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .unwrap()
                .starts_with(&format!("# {id}\n"))
        );
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 6);
    let lines: Vec<String> = fs::read_to_string(Path::new("../..").join(DEPLOY))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let mut prints = std::collections::HashSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], DEPLOY);
        let at = |name: &str| usize::try_from(place["region"][name].as_u64().unwrap()).unwrap();
        let line = &lines[at("startLine") - 1];
        let first = line.chars().nth(at("startColumn") - 1).unwrap();
        assert!(['"', '['].contains(&first), "{line}: {first}");
        assert!(at("endLine") > at("startLine") || at("endColumn") > at("startColumn"));
        assert!(prints.insert(result["partialFingerprints"]["hallpassFinding/v1"].to_string()));
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(
        told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "none.json"
    );
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let prints = |text: &str| -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a b.json"), text).unwrap();
        let log = json(&run(folder.path(), &["a b.json", "--format", "sarif"], b""));
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        assert_eq!(
            results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "a%20b.json"
        );
        results
            .iter()
            .map(|result| result["partialFingerprints"].clone())
            .collect()
    };
    let policy = fs::read_to_string(Path::new("../..").join(DEPLOY)).unwrap();
    assert_eq!(prints(&policy), prints(&policy.replace('\n', "\n\n  ")));
}

#[test]
fn wrong_words_are_a_usage_error() {
    for arguments in [
        &[][..],
        &[PUSH, "--kind", "other"],
        &[PUSH, "--allow", "policy/none"],
        &[PUSH, "--allow", "x"],
        &[PUSH, "--format", "xml"],
    ] {
        let output = check(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_kind_that_is_told_is_believed() {
    let policy =
        br#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    for (kind, expected) in [
        ("identity", 1),
        ("boundary", 0),
        ("scp", 0),
        ("trust", 1),
        ("rcp", 1),
    ] {
        let output = run(Path::new("."), &["-", "--kind", kind], policy);
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{kind}: {}",
            text(&output.stdout)
        );
    }
}

#[test]
fn nothing_is_coloured_that_is_no_terminal() {
    for format in ["human", "plain"] {
        let output = check(&[DEPLOY, "--output", format]);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b));
    }
}

#[test]
fn hostile_input_is_answered_at_once() {
    let statement =
        r#"{"Effect":"Allow","Action":"s3*a:*b*","Resource":"x","Condition":{"Bool":{"a":"b"}}}"#;
    let list = |count: usize| format!(r#"{{"Statement":[{}]}}"#, vec![statement; count].join(","));
    let spaces = format!(
        "{{{}\"Statement\":[{}]}}",
        " ".repeat(900_000),
        vec![statement; 150].join(",")
    );
    for (input, code) in [
        ("[".repeat(10_000_000), "policy/too-large"),
        ("[".repeat(10_000), "policy/too-deep"),
        (format!("\"{}", "a".repeat(1_000_000)), "policy/syntax"),
        (list(100_000), "policy/too-large"),
        (list(10_000), "policy/over-quota"),
        (spaces, "policy/action-form"),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17"}"#.to_owned(),
            "policy/duplicate-element",
        ),
        ("\u{feff}{}".to_owned(), "policy/syntax"),
        (String::new(), "policy/syntax"),
    ] {
        let start = Instant::now();
        let output = run(
            Path::new("."),
            &["-", "--output", "plain"],
            input.as_bytes(),
        );
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{code}: {:?}",
            start.elapsed()
        );
        let said = text(&output.stdout);
        assert!(said.contains(&format!("[{code}]")), "{code}: {said:.300}");
        assert!(said.starts_with("<stdin>:1:"), "{said:.300}");
        assert_ne!(output.status.code(), Some(0), "{code}");
    }
}

#[test]
fn each_command_tells_all_faults_of_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let text_of = "{\n  \"Statement\": {\"Effect\": \"allow\", \"Actoin\": \"s3:*\"}\n}\n";
    fs::write(folder.path().join("a.json"), text_of).unwrap();
    let diff = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_hallpass"))
            .args(["policy", "diff", "a.json", "a.json", "--output", format])
            .env_clear()
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        text(&output.stderr)
    };
    insta::assert_snapshot!(diff("human"), @r#"
    error[policy/missing-element]: `Action` is missing
     --> a.json:2:16
      |
    2 |   "Statement": {"Effect": "allow", "Actoin": "s3:*"}
      |                ^ here
    help: add `Action`
    more: hallpass rules policy/missing-element

    error[policy/unknown-effect]: unknown effect `allow`
     --> a.json:2:27
      |
    2 |   "Statement": {"Effect": "allow", "Actoin": "s3:*"}
      |                           ^^^^^^^ not an effect
    help: write `Allow` or `Deny`; effects are case-sensitive
    more: hallpass rules policy/unknown-effect

    error[policy/unknown-element]: unknown element `Actoin`, the nearest is `Action`
     --> a.json:2:36
      |
    2 |   "Statement": {"Effect": "allow", "Actoin": "s3:*"}
      |                                    ^^^^^^^^ not an element
    help: element names are case-sensitive; remove it or write `Action`
    more: hallpass rules policy/unknown-element
    "#);
    let report: Value = serde_json::from_str(&diff("json")).unwrap();
    assert_eq!(report["code"], "policy/missing-element");
    assert_eq!(report["help"], "add `Action`");
    assert_eq!(report["file"], "a.json");
    let codes: Vec<&Value> = report["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| &fault["code"])
        .collect();
    assert_eq!(
        codes,
        [
            "policy/missing-element",
            "policy/unknown-effect",
            "policy/unknown-element"
        ]
    );
}
