//! `hallpass policy diff` and `hallpass policy tighten` as a user meets them.

#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    clippy::indexing_slicing,
    reason = "a failed step is the test's failure"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/policies")
}

/// Runs the binary in the folder of the examples.
fn policy(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hallpass"))
        .arg("policy")
        .args(arguments)
        .current_dir(examples())
        .env_clear()
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_difference_is_told_with_a_request_and_exit_status_1() {
    let output = policy(&["diff", "ci.json", "ci-next.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    insta::assert_snapshot!(text(&output.stdout), @r#"
    + allows s3:GetObject, s3:PutObject on arn:aws:s3:::artifacts/*, unless aws:SecureTransport is true (statement 3 Artifacts of ci-next.json)
      for example: {"principal":"arn:aws:iam::111122223333:role/role","action":"s3:GetObject","resource":"arn:aws:s3:::artifacts/other","resourceAccountId":"111122223333","context":{"aws:SecureTransport":"false"}}
    - no longer allows ecr:* (but not ecr:*Delete*, ECR:GetAuthorizationToken) on * (but not arn:aws:ecr:us-west-2:111122223333:repository/my-app) (statement 0 Registry of ci.json)
      for example: {"principal":"arn:aws:iam::111122223333:role/role","action":"ecr:BatchCheckLayerAvailability","resource":"arn:aws:ecr:us-east-1:111122223333:repository/other","resourceAccountId":"111122223333","context":{}}
    2 differences: 10 classes of requests compared
    "#);
    let same = policy(&["diff", "ci.json", "ci.json"]);
    assert_eq!(same.status.code(), Some(0));
    insta::assert_snapshot!(text(&same.stdout), @"no difference: 1 class of requests compared");
}

#[test]
fn a_comparison_is_one_json_document() {
    let output = policy(&["diff", "ci.json", "ci-next.json", "--output", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["exhaustive"], true);
    assert_eq!(found["kind"], "identity");
    let differences = found["differences"].as_array().unwrap();
    assert!(differences.iter().any(|it| it["change"] == "wider"));
    assert!(
        differences
            .iter()
            .all(|it| it["request"]["action"].is_string())
    );
}

#[test]
fn documents_of_two_kinds_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let trust = folder.path().join("trust.json");
    fs::write(
        &trust,
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#,
    )
    .unwrap();
    let output = policy(&["diff", "ci.json", trust.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr).replace(folder.path().to_str().unwrap(), "[folder]");
    insta::assert_snapshot!(said, @r#"
    error[policy/kinds-differ]: `ci.json` is of kind `identity`, `[folder]/trust.json` of kind `trust`
    help: compare policies of one kind, or say with `--kind` what both are
    more: hallpass rules policy/kinds-differ
    "#);
    let output = policy(&["diff", "-", "-"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_policy_is_narrowed_to_what_cloudtrail_shows() {
    let output = policy(&[
        "tighten",
        "ci.json",
        "--events",
        "cloudtrail.json",
        "--role",
        "ci",
    ]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(text(&output.stdout), @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Registry",
          "Effect": "Allow",
          "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:CompleteLayerUpload",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart"
          ],
          "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/my-app"
        },
        {
          "Sid": "Registry2",
          "Effect": "Allow",
          "Action": "ecr:GetAuthorizationToken",
          "Resource": "*"
        },
        {
          "Sid": "Artifacts",
          "Effect": "Allow",
          "Action": [
            "s3:GetObject",
            "s3:PutObject"
          ],
          "Resource": "arn:aws:s3:::artifacts/*",
          "Condition": {
            "Bool": {
              "aws:SecureTransport": "true"
            }
          }
        },
        {
          "Sid": "KeepImages",
          "Effect": "Deny",
          "Action": "ecr:*Delete*",
          "Resource": "*"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(text(&output.stderr), @r#"
     {
       "Version": "2012-10-17",
       "Statement": [
         {
           "Sid": "Registry",
           "Effect": "Allow",
    -      "Action": "ecr:*",
    +      "Action": [
    +        "ecr:BatchCheckLayerAvailability",
    +        "ecr:CompleteLayerUpload",
    +        "ecr:InitiateLayerUpload",
    +        "ecr:PutImage",
    +        "ecr:UploadLayerPart"
    +      ],
    +      "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/my-app"
    +    },
    +    {
    +      "Sid": "Registry2",
    +      "Effect": "Allow",
    +      "Action": "ecr:GetAuthorizationToken",
           "Resource": "*"
         },
         {
           "Sid": "Artifacts",
           "Effect": "Allow",
           "Action": [
             "s3:GetObject",
             "s3:PutObject"
           ],
           "Resource": "arn:aws:s3:::artifacts/*",
           "Condition": {
             "Bool": {
               "aws:SecureTransport": "true"
             }
           }
         },
         {
           "Sid": "KeepImages",
           "Effect": "Deny",
           "Action": "ecr:*Delete*",
           "Resource": "*"
         }
       ]
     }
    - no longer allows ecr:* (but not ecr:*Delete*, ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload, ecr:PutImage, 2 more) on * (statement 0 Registry of ci.json)
      for example: {"principal":"arn:aws:iam::111122223333:role/role","action":"ecr:BatchGetImage","resource":"arn:aws:ecr:us-west-2:111122223333:repository/my-app","resourceAccountId":"111122223333","context":{}}
    - no longer allows ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload, ecr:PutImage, ecr:UploadLayerPart on * (but not arn:aws:ecr:us-west-2:111122223333:repository/my-app) (statement 0 Registry of ci.json)
      for example: {"principal":"arn:aws:iam::111122223333:role/role","action":"ecr:BatchCheckLayerAvailability","resource":"arn:aws:ecr:us-east-1:111122223333:repository/other","resourceAccountId":"111122223333","context":{}}
    2 differences: 7 classes of requests compared
    note: statement 1: no event tells what s3:GetObject was used on, so its resources stay
    note: statement 1: no event tells what s3:PutObject was used on, so its resources stay
    beware: 6 events count (1 refused, 0 of others), from 2026-03-01T09:59:58Z to 2026-03-31T17:20:00Z: what runs more seldom, such as a yearly job, is not among them
    beware: conditions are kept as they are: events do not show whether they are needed
    beware: the log has no data events, where alone s3:GetObject, s3:PutObject appear: what the policy names of them in full is kept, what wildcards grant of them is dropped
    "#);
}

#[test]
fn packed_events_narrow_alike_and_the_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(examples().join("cloudtrail.json")).unwrap();
    let packed = folder.path().join("log.json.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        fs::File::create(&packed).unwrap(),
        flate2::Compression::default(),
    );
    encoder.write_all(&plain).unwrap();
    encoder.finish().unwrap();
    let out = folder.path().join("narrow.json");
    fs::write(&out, "old").unwrap();
    let output = policy(&[
        "tighten",
        "ci.json",
        "--events",
        packed.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    let direct = policy(&["tighten", "ci.json", "--events", "cloudtrail.json"]);
    assert_eq!(fs::read_to_string(&out).unwrap(), text(&direct.stdout));
    assert_eq!(
        fs::metadata(&out).unwrap().permissions().mode() & 0o777,
        0o644
    );
    // Narrowing again changes nothing.
    let again = policy(&[
        "tighten",
        out.to_str().unwrap(),
        "--events",
        "cloudtrail.json",
    ]);
    assert_eq!(text(&again.stdout), text(&direct.stdout));
}

#[test]
fn events_that_cannot_be_used_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..65 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let cases = [
        (
            path("policy.json", br#"{"Statement": []}"#),
            "events/unknown-form",
        ),
        (path("cut.json", br#"{"Records": ["#), "events/not-json"),
        (path("empty.json", br#"{"Records": []}"#), "events/none"),
        (
            path("bomb.json.gz", &bomb.finish().unwrap()),
            "events/too-large",
        ),
        (path("broken.gz", &[0x1f, 0x8b, 1, 2]), "events/unreadable"),
        ("no-such-file".to_owned(), "events/unreadable"),
    ];
    for (path, code) in cases {
        let output = policy(&["tighten", "ci.json", "--events", &path, "--output", "json"]);
        assert_eq!(output.status.code(), Some(2), "{code}");
        assert!(output.stdout.is_empty());
        let told: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(told["code"], json!(code));
    }
    let output = policy(&["tighten", "ci.json"]);
    assert_eq!(output.status.code(), Some(2), "neither events nor lab");
}

#[test]
fn a_narrowed_policy_is_one_json_document_when_asked() {
    let output = policy(&[
        "tighten",
        "ci.json",
        "--events",
        "cloudtrail.json",
        "--output",
        "json",
    ]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["changed"], true);
    assert_eq!(told["events"], 6);
    let wider = told["meaning"]["differences"].as_array().unwrap();
    assert!(wider.iter().all(|it| it["change"] == "narrower"));
    assert!(output.stderr.is_empty());
}
