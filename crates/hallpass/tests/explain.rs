//! `hallpass explain` as a user meets it: what a person reads of each kind of refusal, and the forms
//! that programs read.

#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const CLUSTER: &str = "oidc.eks.us-west-2.amazonaws.com/id/AB12";
const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
const REPOSITORY: &str = "arn:aws:ecr:us-west-2:111122223333:repository/app";

/// A folder with policies, in which the command runs.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a policy of these statements.
    fn policy(self, name: &str, statements: &Value) -> Self {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let text = serde_json::to_string_pretty(&document).unwrap();
        self.file(name, &text)
    }

    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path().join(name), text).unwrap();
        self
    }

    /// Copies a policy of the examples.
    fn example(self, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/policies");
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        self.file(name, &text)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(PathBuf::from(env!("CARGO_BIN_EXE_hallpass")))
            .arg("explain")
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .output()
            .unwrap()
    }

    /// What is printed, and the exit status.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        format!("{text}[exit {}]", output.status.code().unwrap())
    }

    /// Asks of a push by the role.
    fn push(&self, policies: &[&str]) -> String {
        let asked = ["--who", ROLE, "--can", "ecr:PutImage", "--on", REPOSITORY];
        self.says(&[&asked[..], policies].concat())
    }
}

fn trusting(issuer: &str, conditions: &Value) -> Value {
    json!([{
        "Sid": "One", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Condition": conditions,
    }])
}

fn runner() -> Value {
    trusting(
        CLUSTER,
        &json!({ "StringEquals": {
            format!("{CLUSTER}:aud"): "sts.amazonaws.com",
            format!("{CLUSTER}:sub"): "system:serviceaccount:actions:runner",
        } }),
    )
}

fn main_branch() -> Value {
    trusting(
        GITHUB,
        &json!({ "StringEquals": {
            format!("{GITHUB}:aud"): "sts.amazonaws.com",
            format!("{GITHUB}:sub"): "repo:acme/app:ref:refs/heads/main",
        } }),
    )
}

fn allow(action: &str, resource: &str) -> Value {
    json!([{ "Effect": "Allow", "Action": action, "Resource": resource }])
}

#[test]
fn the_articles_account_gets_in() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn another_service_account() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:default";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn the_wrong_namespace() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:action:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn the_scheme_left_in_the_key() {
    let statement = trusting(
        CLUSTER,
        &json!({ "StringEquals": {
            format!("https://{CLUSTER}:sub"): "system:serviceaccount:actions:runner",
        } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let who = "system:serviceaccount:actions:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn another_issuers_cluster() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:runner";
    let issuer = "https://oidc.eks.us-west-2.amazonaws.com/id/CD34";
    let arguments = ["--who", who, "--trust", "trust.json", "--issuer", issuer];
    insta::assert_snapshot!(desk.says(&arguments), @"");
}

#[test]
fn a_wildcard_under_string_equals() {
    let statement = trusting(
        GITHUB,
        &json!({ "StringEquals": { format!("{GITHUB}:sub"): "repo:acme/app:*" } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let arguments = [
        "--who",
        "repo:acme/app:pull_request",
        "--trust",
        "trust.json",
    ];
    insta::assert_snapshot!(desk.says(&arguments), @"");
}

#[test]
fn a_pattern_is_marked_where_it_stops_matching() {
    let statement = trusting(
        GITHUB,
        &json!({ "StringLike": { format!("{GITHUB}:sub"): [
            "repo:other/*", "repo:acme/*:ref:refs/heads/release/*",
        ] } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let who = "repo:acme/app:ref:refs/heads/main";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn the_wrong_audience() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/main";
    let arguments = ["--who", who, "--trust", "trust.json", "--audience", "acme"];
    insta::assert_snapshot!(desk.says(&arguments), @"");
}

#[test]
fn an_immutable_subject_where_names_are_wanted() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme@65/app@74:ref:refs/heads/main";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @"");
}

#[test]
fn an_organisation_denies() {
    let deny = json!([{ "Sid": "Freeze", "Effect": "Deny", "Action": "ecr:Put*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } } }]);
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("scp.json", &deny);
    let policies = ["--identity", "push.json", "--scp", "scp.json"];
    insta::assert_snapshot!(desk.push(&policies), @"");
}

#[test]
fn a_boundary_removes() {
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("cap.json", &allow("s3:*", "*"));
    let policies = ["--identity", "push.json", "--boundary", "cap.json"];
    insta::assert_snapshot!(desk.push(&policies), @"");
}

#[test]
fn a_session_policy_removes() {
    let other = "arn:aws:ecr:us-west-2:111122223333:repository/api";
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("session.json", &allow("ecr:*", other));
    let policies = ["--identity", "push.json", "--session", "session.json"];
    insta::assert_snapshot!(desk.push(&policies), @"");
}

#[test]
fn another_account_without_a_resource_policy() {
    let desk = Desk::new().policy("push.json", &allow("ecr:*", "*"));
    let policies = ["--identity", "push.json", "--account", "444455556666"];
    insta::assert_snapshot!(desk.push(&policies), @"");
}

#[test]
fn a_key_that_the_request_lacks() {
    let statement = json!([{ "Effect": "Allow", "Action": "ecr:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "web" } } }]);
    let desk = Desk::new().policy("push.json", &statement);
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @"");
    let with = [
        "--identity",
        "push.json",
        "--context",
        "aws:PrincipalTag/team=web",
    ];
    assert!(desk.push(&with).starts_with("ALLOWED"));
}

#[test]
fn for_all_values_of_an_absent_key() {
    let statement = trusting(
        GITHUB,
        &json!({ "ForAllValues:StringEquals": { format!("{GITHUB}:environment"): "prod" } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    let arguments = ["--who", "repo:evil/x:pull_request", "--trust", "trust.json"];
    insta::assert_snapshot!(desk.says(&arguments), @"");
}

#[test]
fn another_action() {
    let desk = Desk::new().policy("push.json", &allow("ecr:PutImages", "*"));
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @"");
}

#[test]
fn plainly_nothing_is_drawn() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/dev";
    let arguments = ["--who", who, "--trust", "trust.json", "--output", "plain"];
    insta::assert_snapshot!(desk.says(&arguments), @"");
}

#[test]
fn a_token_is_read_and_its_signature_never_shown() {
    use base64::Engine as _;
    let encode =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "RS256", "kid": "k" });
    let claims = json!({
        "iss": format!("https://{GITHUB}"), "sub": "repo:acme/app:ref:refs/heads/dev",
        "aud": "sts.amazonaws.com", "exp": 1_700_000_000, "nbf": 1, "iat": 1, "jti": "x",
        "event_name": "push", "repository": "acme/app", "repository_owner": "acme",
    });
    let signature = "c2lnbmF0dXJl";
    let token = format!("{}.{}.{signature}", encode(&header), encode(&claims));
    let desk = Desk::new()
        .policy("trust.json", &main_branch())
        .file("token", &token);
    let arguments = ["--token", "token", "--trust", "trust.json"];
    let says = desk.says(&arguments);
    let notes: Vec<&str> = says
        .lines()
        .filter(|line| line.starts_with("note"))
        .collect();
    assert!(
        notes[0].starts_with("note: the token expired "),
        "{notes:?}"
    );
    assert_eq!(
        notes[1..],
        [
            "note: of the token's claims AWS shows policies none of these: jti, event_name, repository_owner"
        ]
    );
    assert!(says.ends_with("[exit 1]"));
    let as_json = desk.says(&[
        "--token",
        "token",
        "--trust",
        "trust.json",
        "--output",
        "json",
    ]);
    assert!(!says.contains(signature) && !as_json.contains(signature));
    let broken = desk.file("token", "{}");
    insta::assert_snapshot!(broken.says(&arguments), @"");
}

#[test]
fn programs_get_the_decision_its_place_and_its_parts() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/dev";
    let arguments = ["--who", who, "--trust", "trust.json", "--output", "json"];
    let output = desk.run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["decision"], "ImplicitDeny");
    assert_eq!(answer["layer"], "trust policy");
    let nearest = &answer["nearest"];
    assert_eq!(nearest["file"], "trust.json");
    assert_eq!(
        (&nearest["line"], &nearest["column"]),
        (&json!(4), &json!(5))
    );
    assert_eq!(nearest["failed"][0]["key"], format!("{GITHUB}:sub"));
    assert_eq!(nearest["failed"][0]["got"], json!([who]));
    assert_eq!(answer["policies"][0]["says"], "says nothing");
    assert_eq!(
        answer["statements"][0]["met"][0]["key"],
        format!("{GITHUB}:aud")
    );
    let context = &answer["request"]["context"];
    assert_eq!(context[format!("{GITHUB}:ref")], json!(["refs/heads/dev"]));
    assert!(
        context["aws:currenttime"][0]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
}

#[test]
fn a_trust_policy_alone_is_asked_whom_it_lets_in() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @"");
}

#[test]
fn a_trust_policy_that_is_too_wide_is_shown_a_token() {
    let statement = trusting(
        GITHUB,
        &json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): "repo:acme*" },
        }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @"");
}

#[test]
fn the_examples_say_what_the_guide_says() {
    let desk = Desk::new().example("trust.json").example("push.json");
    let who = "system:serviceaccount:actions:self-hosted-runner-service-account";
    assert!(
        desk.says(&["--who", who, "--trust", "trust.json"])
            .starts_with("ALLOWED")
    );
    let on = "arn:aws:ecr:us-west-2:111122223333:repository/my-app";
    let asked = ["--who", ROLE, "--can", "ecr:PutImage", "--on", on];
    let identity = ["--identity", "push.json"];
    assert!(
        desk.says(&[&asked[..], &identity].concat())
            .starts_with("ALLOWED")
    );
}

#[test]
fn what_cannot_be_asked_is_told() {
    let desk = Desk::new()
        .policy("trust.json", &main_branch())
        .policy("own.json", &json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": ROLE } }]))
        .file("broken.json", "{");
    let subject = "system:serviceaccount:a:b";
    for (arguments, code) in [
        (&[][..], "explain/nobody-asks"),
        (
            &["--who", "arn:aws:iam::1:role/x", "--can", "s3:*"],
            "explain/unknown-caller",
        ),
        (&["--who", subject], "explain/no-trust-policy"),
        (&["--who", ROLE], "explain/no-action"),
        (
            &["--who", subject, "--trust", "own.json"],
            "explain/which-issuer",
        ),
        (
            &["--who", ROLE, "--can", "s3:x", "--identity", "absent.json"],
            "policy/file",
        ),
        (
            &["--who", ROLE, "--can", "s3:x", "--identity", "broken.json"],
            "policy/syntax",
        ),
    ] {
        let output = desk.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("[{code}]")), "{arguments:?}: {said}");
    }
}

#[test]
fn a_policy_writes_nothing_on_the_terminal() {
    let statement = trusting(
        GITHUB,
        &json!({ "StringEquals": { format!("{GITHUB}:sub"): "\u{1b}[31mrepo:a/b:*\u{202e}" } }),
    );
    let desk = Desk::new().policy("trust.json", &statement);
    for arguments in [
        &["--trust", "trust.json"][..],
        &["--who", "repo:a/b:\u{1b}[2J", "--trust", "trust.json"],
    ] {
        let said = desk.says(arguments);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.contains(acts), "{said:?}");
    }
}
