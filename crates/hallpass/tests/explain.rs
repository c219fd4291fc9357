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
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    ALLOWED by statement 0 (One) of trust.json (trust policy)
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 allows:
      --> trust.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "One",
     6 | |       "Effect": "Allow",
     7 | |       "Action": "sts:AssumeRoleWithWebIdentity",
    ...  |
    17 | |     }
       | |_____^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub by `system:serviceaccount:actions:runner`

    what each policy says
      trust policy  trust.json allows
    [exit 0]
    "#);
}

#[test]
fn another_service_account() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:default";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:default of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:59
       |
    14 |           "oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  system:serviceaccount:actions:runner
      got     system:serviceaccount:actions:default
                                            ^^^^^^^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the pod runs as the account `default`: let it run as `runner`, or let the policy take `default`
    [exit 1]
    "#);
}

#[test]
fn the_wrong_namespace() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:action:runner";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:action:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:59
       |
    14 |           "oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  system:serviceaccount:actions:runner
      got     system:serviceaccount:action:runner
                                          ^
      met     StringEquals oidc.eks.us-west-2.amazonaws.com/id/AB12:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the pod runs in the namespace `action`: let it run in `actions`, or let the policy take `action`
    [exit 1]
    "#);
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
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/AB12
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:11
       |
    13 |           "https://oidc.eks.us-west-2.amazonaws.com/id/AB12:sub": "system:serviceaccount:actions:runner"
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the request has no such key
    the condition StringEquals https://oidc.eks.us-west-2.amazonaws.com/id/AB12:sub is not met
      wanted  `system:serviceaccount:actions:runner`
      got     nothing: the request has no such key

    what each policy says
      trust policy  trust.json says nothing
    help: take `https://` off the key: AWS names it `oidc.eks.us-west-2.amazonaws.com/id/AB12:sub`
    [exit 1]
    "#);
}

#[test]
fn another_issuers_cluster() {
    let desk = Desk::new().policy("trust.json", &runner());
    let who = "system:serviceaccount:actions:runner";
    let issuer = "https://oidc.eks.us-west-2.amazonaws.com/id/CD34";
    let arguments = ["--who", who, "--trust", "trust.json", "--issuer", issuer];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  system:serviceaccount:actions:runner of oidc.eks.us-west-2.amazonaws.com/id/CD34
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:8:20
       |
     8 |         "Principal": {
       |  ____________________^
     9 | |         "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB12"
    10 | |       },
       | |_______^ another principal
    the principal is another
      wanted  arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/AB12
      got     arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/CD34
                                                                                          ^^^^

    what each policy says
      trust policy  trust.json says nothing
    help: the statement trusts the issuer `oidc.eks.us-west-2.amazonaws.com/id/AB12`, the token is of `oidc.eks.us-west-2.amazonaws.com/id/CD34`: a cluster that was made anew has a new issuer
    [exit 1]
    "#);
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
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:pull_request of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:54
       |
    13 |           "token.actions.githubusercontent.com:sub": "repo:acme/app:*"
       |                                                      ^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/app:*
      got     repo:acme/app:pull_request
                            ^^^^^^^^^^^^

    what each policy says
      trust policy  trust.json says nothing
    help: write `StringLike`: under `StringEquals` the `*` of `repo:acme/app:*` is a character, not a wildcard
    [exit 1]
    "#);
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
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:15:13
       |
    15 |             "repo:acme/*:ref:refs/heads/release/*"
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringLike token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/*:ref:refs/heads/release/*   (the nearest of 2)
                                         ^^^^^^^^
      got     repo:acme/app:ref:refs/heads/main

    what each policy says
      trust policy  trust.json says nothing
    [exit 1]
    "#);
}

#[test]
fn the_wrong_audience() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/main";
    let arguments = ["--who", who, "--trust", "trust.json", "--audience", "acme"];
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:13:54
       |
    13 |           "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
       |                                                      ^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:aud is not met
      wanted  sts.amazonaws.com
      got     acme
              ^^^^^^^^^^^^^^^^^
      met     StringEquals token.actions.githubusercontent.com:sub by `repo:acme/app:ref:refs/heads/main`

    what each policy says
      trust policy  trust.json says nothing
    help: the token is for `acme`: ask the issuer for one for `sts.amazonaws.com`, or let the policy take it
    [exit 1]
    "#);
}

#[test]
fn an_immutable_subject_where_names_are_wanted() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme@65/app@74:ref:refs/heads/main";
    insta::assert_snapshot!(desk.says(&["--who", who, "--trust", "trust.json"]), @r#"
    DENIED: the trust policy does not allow it
      who  repo:acme@65/app@74:ref:refs/heads/main of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
      --> trust.json:14:54
       |
    14 |           "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main"
       |                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not met
    the condition StringEquals token.actions.githubusercontent.com:sub is not met
      wanted  repo:acme/app:ref:refs/heads/main
      got     repo:acme@65/app@74:ref:refs/heads/main
                       ^^^    ^^^
      met     StringEquals token.actions.githubusercontent.com:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    help: the repository's subjects carry IDs (immutable subject): write `repo:acme@65/app@74:ref:refs/heads/main`
    [exit 1]
    "#);
}

#[test]
fn an_organisation_denies() {
    let deny = json!([{ "Sid": "Freeze", "Effect": "Deny", "Action": "ecr:Put*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } } }]);
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("scp.json", &deny);
    let policies = ["--identity", "push.json", "--scp", "scp.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED by statement 0 (Freeze) of scp.json (service control policy)
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 (Freeze) of scp.json:4:5 denies:
      --> scp.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "Freeze",
     6 | |       "Effect": "Deny",
     7 | |       "Action": "ecr:Put*",
    ...  |
    14 | |     }
       | |_____^
      met     StringNotEquals aws:RequestedRegion by `us-west-2`

    what each policy says
      service control policy  scp.json denies
      service control policy  FullAWSAccess, which AWS attaches, allows
      identity-based policy   push.json allows
    help: a deny beats every allow: narrow the statement that denies, or its conditions
    [exit 1]
    "#);
}

#[test]
fn a_boundary_removes() {
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("cap.json", &allow("s3:*", "*"));
    let policies = ["--identity", "push.json", "--boundary", "cap.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED: the permissions boundary does not allow it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of cap.json:4:5 comes nearest:
     --> cap.json:6:17
      |
    6 |       "Action": "s3:*",
      |                 ^^^^^^ another action
    the action is another
      wanted  s3:*
      got     ecr:PutImage
              ^^^

    what each policy says
      permissions boundary   cap.json says nothing
      identity-based policy  push.json allows
    help: a permissions boundary grants nothing and caps what is granted: it must allow the request, too
    [exit 1]
    "#);
}

#[test]
fn a_session_policy_removes() {
    let other = "arn:aws:ecr:us-west-2:111122223333:repository/api";
    let desk = Desk::new()
        .policy("push.json", &allow("ecr:*", "*"))
        .policy("session.json", &allow("ecr:*", other));
    let policies = ["--identity", "push.json", "--session", "session.json"];
    insta::assert_snapshot!(desk.push(&policies), @r#"
    DENIED: no session policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of session.json:4:5 comes nearest:
     --> session.json:7:19
      |
    7 |       "Resource": "arn:aws:ecr:us-west-2:111122223333:repository/api"
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ another resource
    the resource is another
      wanted  arn:aws:ecr:us-west-2:111122223333:repository/api
      got     arn:aws:ecr:us-west-2:111122223333:repository/app
                                                              ^

    what each policy says
      session policy         session.json says nothing
      identity-based policy  push.json allows
    help: a session policy grants nothing and caps what is granted: it must allow the request, too
    [exit 1]
    "#);
}

#[test]
fn another_account_without_a_resource_policy() {
    let desk = Desk::new().policy("push.json", &allow("ecr:*", "*"));
    let policies = ["--identity", "push.json", "--account", "444455556666"];
    insta::assert_snapshot!(desk.push(&policies), @r"
    DENIED: no resource-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    no resource-based policy was given

    what each policy says
      identity-based policy  push.json allows
    help: the resource is of account 444455556666, the caller is not: there the resource's own policy must allow it, too (`--resource`)
    [exit 1]
    ");
}

#[test]
fn a_key_that_the_request_lacks() {
    let statement = json!([{ "Effect": "Allow", "Action": "ecr:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "web" } } }]);
    let desk = Desk::new().policy("push.json", &statement);
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @r#"
    DENIED: no identity-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    statement 0 of push.json:4:5 comes nearest:
      --> push.json:10:11
       |
    10 |           "aws:PrincipalTag/team": "web"
       |           ^^^^^^^^^^^^^^^^^^^^^^^ the request has no such key
    the condition StringEquals aws:PrincipalTag/team is not met
      wanted  `web`
      got     nothing: the request has no such key

    what each policy says
      identity-based policy  push.json says nothing
    help: if the request has the key, say so: `--context aws:PrincipalTag/team=VALUE`
    [exit 1]
    "#);
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
    insta::assert_snapshot!(desk.says(&arguments), @r#"
    ALLOWED by statement 0 (One) of trust.json (trust policy)
      who  repo:evil/x:pull_request of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 allows:
      --> trust.json:4:5
       |
     4 | /     {
     5 | |       "Sid": "One",
     6 | |       "Effect": "Allow",
     7 | |       "Action": "sts:AssumeRoleWithWebIdentity",
    ...  |
    16 | |     }
       | |_____^
      met     ForAllValues:StringEquals token.actions.githubusercontent.com:environment, because the request has no such key

    what each policy says
      trust policy  trust.json allows
    help: `ForAllValues` is true of no values at all, and the request has no token.actions.githubusercontent.com:environment: whoever lacks it gets in; ask for it with `"Null": {"token.actions.githubusercontent.com:environment": "false"}` besides
    [exit 0]
    "#);
}

#[test]
fn another_action() {
    let desk = Desk::new().policy("push.json", &allow("ecr:PutImages", "*"));
    insta::assert_snapshot!(desk.push(&["--identity", "push.json"]), @r#"
    DENIED: no identity-based policy allows it
      who  arn:aws:iam::111122223333:role/ci
      can  ecr:PutImage
      on   arn:aws:ecr:us-west-2:111122223333:repository/app

    no statement that allows is about this action; the nearest:
     --> push.json:6:17
      |
    6 |       "Action": "ecr:PutImages",
      |                 ^^^^^^^^^^^^^^^ another action
      wanted  ecr:PutImages
      got     ecr:PutImage
                          ^

    what each policy says
      identity-based policy  push.json says nothing
    [exit 1]
    "#);
}

#[test]
fn plainly_nothing_is_drawn() {
    let desk = Desk::new().policy("trust.json", &main_branch());
    let who = "repo:acme/app:ref:refs/heads/dev";
    let arguments = ["--who", who, "--trust", "trust.json", "--output", "plain"];
    insta::assert_snapshot!(desk.says(&arguments), @r"
    DENIED: the trust policy does not allow it
      who  repo:acme/app:ref:refs/heads/dev of token.actions.githubusercontent.com
      can  sts:AssumeRoleWithWebIdentity
      on   the role of trust.json

    statement 0 (One) of trust.json:4:5 comes nearest:
    the condition StringEquals token.actions.githubusercontent.com:sub is not met
      wanted `repo:acme/app:ref:refs/heads/main`, got `repo:acme/app:ref:refs/heads/dev`; differs: `main` against `dev`
      met     StringEquals token.actions.githubusercontent.com:aud by `sts.amazonaws.com`

    what each policy says
      trust policy  trust.json says nothing
    [exit 1]
    ");
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
    insta::assert_snapshot!(broken.says(&arguments), @r"
    error[explain/token]: the token in `token` cannot be read
      cause: the token has 1 parts: wanted three, with full stops between them
    help: give the token itself: three parts of base64url, joined by dots
    more: hallpass rules explain/token
    [exit 2]
    ");
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
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @r"
    who can assume the role of trust.json

    token.actions.githubusercontent.com (GitHub Actions)
      tokens are for the audience `sts.amazonaws.com`
      acme/app, `sub` of names
        in   push to branch `main`                             repo:acme/app:ref:refs/heads/main
        in   pull_request_target to `main`                     repo:acme/app:ref:refs/heads/main
               it runs for pull requests from forks, too, and has a token then: the workflow must not run their code
        in   schedule                                          repo:acme/app:ref:refs/heads/main
        in   by hand on `main` (workflow_dispatch)             repo:acme/app:ref:refs/heads/main
        out  push to branch `some-branch`                      repo:acme/app:ref:refs/heads/some-branch
        out  push of tag `some-tag`                            repo:acme/app:ref:refs/tags/some-tag
        out  pull request                                      repo:acme/app:pull_request
        out  pull request from a fork                          repo:acme/app:pull_request
        out  merge queue of `main`                             repo:acme/app:ref:refs/heads/gh-readonly-queue/main/pr-1-0000000
        out  release of tag `some-tag`                         repo:acme/app:ref:refs/tags/some-tag
        out  environment `some-environment`, push to branch `main`  repo:acme/app:environment:some-environment
             since sub must be `repo:acme/app:ref:refs/heads/main`
      acme/app, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): none of 11 contexts: sub must be `repo:acme/app:ref:refs/heads/main`
      out  8 contexts of others, such as acme/some-other-repository, some-other-owner/some-other-repository
    [exit 0]
    ");
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
    insta::assert_snapshot!(desk.says(&["--trust", "trust.json"]), @r#"
    who can assume the role of trust.json

    token.actions.githubusercontent.com (GitHub Actions)
      tokens are for the audience `sts.amazonaws.com`
      acme/any-repository, `sub` of names: each of 11 contexts gets in
      acme/any-repository, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): each of 11 contexts gets in
      acme1/any-repository, `sub` of names: each of 11 contexts gets in
      acme1/any-repository, immutable `sub` (of repositories made, renamed or moved after 15 July 2026): each of 11 contexts gets in
      in   acme/some-other-repository, which the policy does not name (name-based `sub`): push to branch `main`; pull request
      in   acme/some-other-repository, which the policy does not name (immutable `sub`): push to branch `main`; pull request
      out  4 contexts of others, such as some-other-owner/some-other-repository

    TOO WIDE: a token that is of another organisation gets in, by statement 0 of trust.json:16:54
      --> trust.json:16:54
       |
    16 |           "token.actions.githubusercontent.com:sub": "repo:acme*"
       |                                                      ^^^^^^^^^^^^ lets it in
      iss                  https://token.actions.githubusercontent.com
      aud                  sts.amazonaws.com
      sub                  repo:acme-evil/x:pull_request
      repository           acme-evil/x
      repository_owner     acme-evil
      repository_owner_id  666
      repository_id        667
      ref                  refs/pull/1/merge
      event_name           pull_request
      workflow             ci
      job_workflow_ref     acme-evil/x/.github/workflows/ci.yml@refs/pull/1/merge
      actor                evil
      actor_id             668
    [exit 1]
    "#);
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
