//! Each `MalformedPolicyDocument` message, and the documents just beside it that IAM stores.

#![expect(clippy::panic, reason = "a test file outside `cfg(test)` modules")]

use hallpass_iam::{Document, PolicyKind, validate};
use serde_json::{Value, json};

const OWN_KINDS: [PolicyKind; 4] = [
    PolicyKind::Boundary,
    PolicyKind::Identity,
    PolicyKind::ServiceControl,
    PolicyKind::Session,
];

/// What IAM says to the document, `stored` where it takes it.
fn answer(kind: PolicyKind, statements: &Value) -> String {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let document = Document::parse(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
    match validate(&document, kind) {
        Ok(()) => "stored".to_owned(),
        Err(malformed) => malformed.to_string(),
    }
}

#[track_caller]
fn check(kind: PolicyKind, statements: &Value, expected: &str) {
    assert_eq!(answer(kind, statements), expected, "{kind:?}: {statements}");
}

/// A statement that each kind takes.
fn good(kind: PolicyKind) -> Value {
    match kind {
        PolicyKind::Boundary
        | PolicyKind::Identity
        | PolicyKind::ServiceControl
        | PolicyKind::Session => {
            json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" })
        }
        PolicyKind::ResourceControl => json!({
            "Effect": "Deny", "Action": "s3:GetObject", "Principal": "*", "Resource": "*",
        }),
        PolicyKind::Resource => {
            json!({ "Effect": "Allow", "Action": "ecr:PutImage", "Principal": "*" })
        }
        PolicyKind::Trust => json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "AWS": "arn:aws:iam::111122223333:root" },
        }),
    }
}

fn with(mut statement: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = statement.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    statement
}

fn without(mut statement: Value, name: &str) -> Value {
    if let Some(fields) = statement.as_object_mut() {
        fields.remove(name);
    }
    statement
}

#[test]
fn good_documents_are_stored() {
    for kind in PolicyKind::ALL {
        check(kind, &good(kind), "stored");
        check(kind, &json!([good(kind), good(kind)]), "stored");
    }
}

#[test]
fn no_statement() {
    for kind in PolicyKind::ALL {
        check(kind, &json!([]), "Syntax errors in policy.");
    }
}

#[test]
fn statement_ids() {
    for kind in PolicyKind::ALL {
        let named = |sid: &str| with(good(kind), "Sid", json!(sid));
        check(kind, &named("Abc09"), "stored");
        check(
            kind,
            &json!([named("a"), named("a")]),
            "Statement IDs (SID) in a single policy must be unique.",
        );
        let expected = if kind == PolicyKind::Resource {
            "stored"
        } else {
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
             expression [0-9A-Za-z]* (found push images)"
        };
        check(kind, &named("push images"), expected);
    }
}

#[test]
fn actions_without_vendor() {
    for kind in PolicyKind::ALL {
        for action in ["GetObject", ":GetObject", "s3:"] {
            check(
                kind,
                &with(good(kind), "Action", json!([action])),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            );
        }
        check(
            kind,
            &with(good(kind), "Action", json!("s 3:GetObject")),
            "Vendor s 3 is not valid",
        );
    }
    for kind in OWN_KINDS {
        check(kind, &with(good(kind), "Action", json!("*")), "stored");
    }
}

#[test]
fn trust_policies_are_about_sts() {
    let trust = |action: &str| with(good(PolicyKind::Trust), "Action", json!(action));
    for action in [
        "sts:AssumeRole",
        "STS:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:*",
    ] {
        check(PolicyKind::Trust, &trust(action), "stored");
    }
    check(
        PolicyKind::Trust,
        &trust("s3:GetObject"),
        "AssumeRole policy may only specify STS AssumeRole actions.",
    );
}

#[test]
fn principals_stand_in_resource_and_trust_policies_only() {
    for kind in OWN_KINDS {
        for name in ["Principal", "NotPrincipal"] {
            check(
                kind,
                &with(good(kind), name, json!("*")),
                "Policy document should not specify a principal.",
            );
        }
    }
    for kind in [PolicyKind::Resource, PolicyKind::Trust] {
        check(
            kind,
            &without(good(kind), "Principal"),
            "Missing required field Principal",
        );
    }
}

#[test]
fn resources() {
    for kind in OWN_KINDS {
        check(
            kind,
            &without(good(kind), "Resource"),
            "Policy statement must contain resources.",
        );
        let about = |resource: &str| with(good(kind), "Resource", json!([resource]));
        for resource in ["*", "arn:aws:s3:::bucket/${aws:username}", "arn:aws:sqs:*"] {
            check(kind, &about(resource), "stored");
        }
        check(
            kind,
            &about("bucket/key"),
            "Resource bucket/key must be in ARN format or \"*\".",
        );
        let all_but = with(
            without(good(kind), "Resource"),
            "NotResource",
            json!("arn:aws:s3:::bucket"),
        );
        check(kind, &all_but, "stored");
    }
    check(
        PolicyKind::Trust,
        &with(good(PolicyKind::Trust), "Resource", json!("*")),
        "Has prohibited field Resource",
    );
}

#[test]
fn principals() {
    for kind in [PolicyKind::Resource, PolicyKind::Trust] {
        let of = |principal: Value| with(good(kind), "Principal", principal);
        for principal in [
            json!("*"),
            json!({ "AWS": "*" }),
            json!({ "AWS": "111122223333" }),
            json!({ "AWS": "AROAEXAMPLEIDEXAMPLE" }),
            json!({ "AWS": ["arn:aws:iam::111122223333:user/ana", "arn:aws:sts::111122223333:assumed-role/r/s"] }),
            json!({ "Service": "ec2.amazonaws.com" }),
            json!({ "Federated": "accounts.google.com" }),
            json!({ "Federated": "arn:aws:iam::111122223333:oidc-provider/example.com" }),
            json!({ "Federated": "arn:aws:iam::111122223333:saml-provider/x" }),
        ] {
            check(kind, &of(principal), "stored");
        }
        for (name, shown, value) in [
            ("AWS", "AWS", "ana"),
            ("AWS", "AWS", "11112222333"),
            ("AWS", "AWS", "arn:aws:iam::111122223333:role/*"),
            ("AWS", "AWS", "arn:aws:iam"),
            ("Federated", "Federated", "example.com"),
            ("Federated", "Federated", "arn:aws:iam::111122223333:role/r"),
            ("Service", "SERVICE", "ec2"),
        ] {
            check(
                kind,
                &of(json!({ name: [value] })),
                &format!("Invalid principal in policy: \"{shown}\":\"{value}\""),
            );
        }
    }
}

#[test]
fn githubs_issuer_needs_a_scope() {
    let github = "token.actions.githubusercontent.com";
    for issuer in [github.to_owned(), format!("{github}/acme")] {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let trust = |condition: Value| federated(&provider, &condition);
        let (sub, workflow) = (
            format!("{issuer}:sub"),
            format!("{issuer}:job_workflow_ref"),
        );
        let refused = format!(
            "Trust policy with trusted principal {provider} must evaluate, using StringEquals, \
             StringLike or StringEqualsIgnoreCase, {sub} or {workflow} which is not scoped to all."
        );
        for condition in [
            json!({ "StringEquals": { &sub: "repo:acme/api:ref:refs/heads/main" } }),
            json!({ "StringLike": { &sub: "repo:acme/*" } }),
            json!({ "StringEqualsIgnoreCase": { &sub: "repo:acme/api:pull_request" } }),
            json!({ "StringLike": { &workflow: "acme/flows/*" } }),
            json!({ "ForAnyValue:StringLike": { &sub: "repo:acme/*" } }),
            // What IAM takes for a scope lets in everybody here.
            json!({ "StringLike": { &sub: ["repo:acme/*", "*"] } }),
            json!({ "StringLike": { &sub: "repo:*" } }),
        ] {
            check(PolicyKind::Trust, &trust(condition), "stored");
        }
        for condition in [
            json!({}),
            json!({ "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" } }),
            json!({ "StringEquals": { format!("{issuer}:repository"): "acme/api" } }),
            json!({ "StringLike": { &sub: "*" } }),
            json!({ "StringLike": { &sub: "*/api:*" } }),
            json!({ "StringLike": { &sub: ["*", "repo:acme/*"] } }),
            json!({ "StringEquals": { &sub: " " } }),
            json!({ "ForAllValues:StringLike": { &sub: "repo:acme/*" } }),
            json!({ "StringEqualsIfExists": { &sub: "repo:acme/api:pull_request" } }),
            json!({ "StringNotEquals": { &sub: "repo:evil/x:pull_request" } }),
        ] {
            check(PolicyKind::Trust, &trust(condition), &refused);
        }
        let deny = with(trust(json!({})), "Effect", json!("Deny"));
        check(PolicyKind::Trust, &deny, "stored");
        let tagging = with(trust(json!({})), "Action", json!("sts:TagSession"));
        check(PolicyKind::Trust, &tagging, "stored");
        let all = with(trust(json!({})), "Action", json!("sts:*"));
        check(PolicyKind::Trust, &all, &refused);
    }
}

#[test]
fn other_shared_issuers_need_a_scope_by_their_own_claim() {
    for (issuer, key) in [
        ("gitlab.com", "gitlab.com:sub"),
        ("agent.buildkite.com", "agent.buildkite.com:sub"),
        ("app.terraform.io", "app.terraform.io:sub"),
        ("api.pulumi.com/oidc", "api.pulumi.com/oidc:aud"),
        ("oidc.vercel.com", "oidc.vercel.com:aud"),
        (
            "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",
            "sts:RoleSessionName",
        ),
    ] {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let refused = format!(
            "Trust policy with trusted principal {provider} must evaluate, using StringEquals, \
             StringLike or StringEqualsIgnoreCase, {key} which is not scoped to all."
        );
        let scoped = |value: &str| federated(&provider, &json!({ "StringLike": { key: value } }));
        check(PolicyKind::Trust, &scoped("acme*"), "stored");
        check(PolicyKind::Trust, &scoped("*"), &refused);
        let other = json!({ "StringLike": { format!("{issuer}:email"): "x" } });
        check(PolicyKind::Trust, &federated(&provider, &other), &refused);
    }
    for private in [
        "gitlab.example",
        "gitlab.com.example",
        "oidc.circleci.com/org/0-1",
        "oidc.eks.us-west-2.amazonaws.com/id/AB12",
        "agent.acme.buildkite.dev",
        "token.actions.acme.ghe.com",
        "oidc.vercel.com/acme",
    ] {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{private}");
        check(
            PolicyKind::Trust,
            &federated(&provider, &json!({})),
            "stored",
        );
    }
}

#[test]
fn built_in_issuers_need_an_application() {
    for (issuer, key) in [
        ("accounts.google.com", "accounts.google.com:aud"),
        ("graph.facebook.com", "graph.facebook.com:app_id"),
        ("www.amazon.com", "www.amazon.com:app_id"),
    ] {
        let refused = format!(
            "Policy trusting {issuer} requires a StringEquals condition on an application id"
        );
        let condition = |operator: &str| federated(issuer, &json!({ operator: { key: "1234" } }));
        check(PolicyKind::Trust, &condition("StringEquals"), "stored");
        check(PolicyKind::Trust, &condition("StringLike"), &refused);
        check(PolicyKind::Trust, &federated(issuer, &json!({})), &refused);
    }
    let cognito = "cognito-identity.amazonaws.com";
    let pool = json!({ "StringEquals": { format!("{cognito}:aud"): "us-west-2:1234" } });
    check(PolicyKind::Trust, &federated(cognito, &pool), "stored");
    check(
        PolicyKind::Trust,
        &federated(cognito, &json!({})),
        "Trust policy with trusted principal cognito-identity.amazonaws.com must evaluate, using \
         StringEquals, StringLike or StringEqualsIgnoreCase, cognito-identity.amazonaws.com:aud \
         which is not scoped to all.",
    );
}

fn federated(principal: &str, condition: &Value) -> Value {
    json!({
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": principal }, "Condition": condition,
    })
}
