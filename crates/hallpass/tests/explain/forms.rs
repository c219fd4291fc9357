//! The other forms: plain, JSON, tokens, and what cannot be asked.

use serde_json::{Value, json};

use crate::desk::{Desk, GITHUB, ROLE, main_branch, trusting};

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
