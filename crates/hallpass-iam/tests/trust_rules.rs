//! One fault, one finding: each broken trust policy has its own code, and the mended one has none.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test file outside `cfg(test)` modules"
)]

use hallpass_diag::Severity;
use hallpass_iam::{Document, PolicyKind, check, validate};
use proptest::prelude::*;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const CLUSTER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
const SUBJECT: &str = "repo:acme@1/app@2:environment:prod";
const ACCOUNT: &str = "system:serviceaccount:ci:runner";

fn statement(issuer: &str, condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

/// A trust in GitHub whose conditions are written without the issuer.
fn github(condition: &Value) -> Value {
    trust(GITHUB, condition)
}

fn cluster(condition: &Value) -> Value {
    trust(CLUSTER, condition)
}

fn trust(issuer: &str, condition: &Value) -> Value {
    let mut keyed = json!({});
    for (operator, claims) in condition.as_object().unwrap() {
        for (claim, value) in claims.as_object().unwrap() {
            keyed[operator][format!("{issuer}:{claim}")] = value.clone();
        }
    }
    statement(issuer, &keyed)
}

fn with(mut statement: Value, element: &str, value: Value) -> Value {
    statement[element] = value;
    statement
}

fn codes(statements: &Value) -> Vec<String> {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    codes_of(&text)
}

fn codes_of(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let found = check(&document, Some(PolicyKind::Trust));
    found.iter().map(|it| it.code.to_string()).collect()
}

fn good_github() -> Value {
    github(&json!({ "StringEquals": { "aud": "sts.amazonaws.com", "sub": SUBJECT } }))
}

fn good_cluster() -> Value {
    cluster(&json!({ "StringEquals": { "aud": "sts.amazonaws.com", "sub": ACCOUNT } }))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_broken_policy_has_its_own_code_and_no_other() {
    let aud = || json!({ "aud": "sts.amazonaws.com" });
    let equals = |more: Value| {
        let mut keys = aud();
        for (claim, value) in more.as_object().unwrap() {
            keys[claim] = value.clone();
        }
        json!({ "StringEquals": keys })
    };
    let like = |sub: Value| json!({ "StringEquals": aud(), "StringLike": { "sub": sub } });
    let plus = |operator: &str, claim: &str, value: &str| {
        let mut condition = equals(json!({ "sub": SUBJECT }));
        condition[operator][claim] = json!(value);
        condition
    };
    for (code, policy) in [
        // The issuer.
        (
            "wrong-issuer-in-condition",
            statement(
                CLUSTER,
                &json!({ "StringEquals": {
            format!("https://{CLUSTER}:sub"): ACCOUNT, format!("{CLUSTER}:aud"): "sts.amazonaws.com" } }),
            ),
        ),
        (
            "wrong-issuer-in-condition",
            statement(
                CLUSTER,
                &json!({ "StringEquals": {
            format!("{CLUSTER}:sub"): ACCOUNT, format!("{CLUSTER}/:aud"): "sts.amazonaws.com" } }),
            ),
        ),
        (
            "wrong-issuer-in-condition",
            statement(
                GITHUB,
                &json!({ "StringEquals": {
            "token.actions.githubusercontent.co:sub": SUBJECT, format!("{GITHUB}:aud"): "sts.amazonaws.com" } }),
            ),
        ),
        (
            "wrong-issuer-in-condition",
            statement(
                GITHUB,
                &json!({ "StringEquals": {
            "*:sub": SUBJECT, format!("{GITHUB}:aud"): "sts.amazonaws.com" } }),
            ),
        ),
        // The audience.
        (
            "audience-missing",
            github(&json!({ "StringEquals": { "sub": SUBJECT } })),
        ),
        (
            "audience-missing",
            cluster(&json!({ "StringEquals": { "sub": ACCOUNT } })),
        ),
        (
            "audience-missing",
            github(&json!({ "StringEquals": { "sub": SUBJECT }, "StringLike": { "aud": "*" } })),
        ),
        (
            "audience-missing",
            github(
                &json!({ "StringEquals": { "sub": SUBJECT }, "StringNotEquals": { "aud": "x" } }),
            ),
        ),
        (
            "audience-wrong",
            github(&json!({ "StringEquals": { "sub": SUBJECT, "aud": "sts.amazon.com" } })),
        ),
        (
            "audience-wrong",
            github(
                &json!({ "StringEquals": { "sub": SUBJECT, "aud": "https://github.com/acme" } }),
            ),
        ),
        (
            "audience-wrong",
            cluster(&json!({ "StringEquals": { "sub": ACCOUNT, "aud": "sts.amazonaws.com.cn" } })),
        ),
        (
            "audience-missing",
            json!({ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
                "Action": "sts:AssumeRoleWithWebIdentity" }),
        ),
        (
            "shared-issuer-unscoped",
            json!({ "Effect": "Allow", "Principal": { "Federated": "graph.facebook.com" },
                "Action": "sts:AssumeRoleWithWebIdentity" }),
        ),
        // The subject.
        ("subject-missing", github(&equals(json!({})))),
        ("subject-missing", cluster(&equals(json!({})))),
        (
            "subject-missing",
            trust("issuer.example", &equals(json!({}))),
        ),
        (
            "subject-missing",
            github(&json!({ "StringEquals": aud(), "StringNotLike": { "sub": "*:pull_request" } })),
        ),
        (
            "subject-missing",
            github(&json!({ "StringEquals": aud(), "Null": { "sub": "false" } })),
        ),
        ("subject-too-wide", github(&like(json!("*")))),
        ("subject-too-wide", github(&like(json!("repo:*")))),
        ("subject-too-wide", github(&like(json!("repo:acme*")))),
        ("subject-too-wide", github(&like(json!("repo:acme*/app:*")))),
        ("subject-too-wide", github(&like(json!("repo:acme/*")))),
        ("subject-too-wide", github(&like(json!("repo:acme@1/app*")))),
        (
            "subject-too-wide",
            github(&like(json!([
                "repo:acme@1/app@2:environment:prod-*",
                "repo:acme/*:environment:prod"
            ]))),
        ),
        (
            "subject-too-wide",
            github(&like(json!("*:ref:refs/heads/main"))),
        ),
        (
            "subject-too-wide",
            cluster(&like(json!("system:serviceaccount:*"))),
        ),
        (
            "subject-too-wide",
            cluster(&like(json!("system:serviceaccount:ci:*"))),
        ),
        ("subject-too-wide", cluster(&like(json!("*")))),
        (
            "subject-too-wide",
            trust("gitlab.com", &like(json!("project_path:acme/*"))),
        ),
        (
            "subject-too-wide",
            github(&json!({ "StringEquals": aud(), "StringLike": { "repository": "acme*/app" } })),
        ),
        (
            "subject-too-wide",
            github(
                &json!({ "StringEquals": aud(), "StringLike": { "job_workflow_ref": "acme*" } }),
            ),
        ),
        (
            "subject-too-wide",
            github(&json!({ "StringEquals": aud(), "StringLike": {
                "job_workflow_ref": "acme/*/.github/workflows/*@refs/heads/main" } })),
        ),
        (
            "subject-too-wide",
            github(&json!({
                "StringEquals": { "aud": "sts.amazonaws.com", "environment": "prod" },
                "StringLike": { "sub": "repo:acme/*" },
            })),
        ),
        (
            "whole-repository",
            github(&like(json!("repo:acme@1/app@2:*"))),
        ),
        ("whole-repository", github(&like(json!("repo:acme/app:*")))),
        (
            "whole-repository",
            github(&like(json!("repo:acme/app:ref:refs/heads/*"))),
        ),
        (
            "subject-shape",
            github(&equals(json!({ "sub": "repo:acme/app:ref:main" }))),
        ),
        (
            "subject-shape",
            github(&equals(json!({ "sub": "repo:acme/app:branch:main" }))),
        ),
        (
            "subject-shape",
            github(&equals(json!({ "sub": "acme/app:ref:refs/heads/main" }))),
        ),
        (
            "subject-shape",
            github(&equals(json!({ "sub": "repo:acme/app:environment=prod" }))),
        ),
        (
            "subject-shape",
            github(&like(json!("repo:acme/app:pull_request:*"))),
        ),
        (
            "subject-shape",
            github(&equals(
                json!({ "sub": "repo:acme@1/app:environment:prod" }),
            )),
        ),
        (
            "subject-shape",
            cluster(&equals(json!({ "sub": "ci:runner" }))),
        ),
        (
            "subject-shape",
            cluster(&equals(json!({ "sub": "system:serviceaccount:ci" }))),
        ),
        (
            "subject-shape",
            cluster(&like(json!("system:serviceaccount:CI:*"))),
        ),
        (
            "name-based-subject",
            github(&equals(json!({ "sub": "repo:acme/app:environment:prod" }))),
        ),
        ("like-without-wildcard", github(&like(json!(SUBJECT)))),
        (
            "like-without-wildcard",
            github(&like(json!("repo:acme/app:environment:prod"))),
        ),
        // Operators.
        (
            "wildcard-in-string-equals",
            github(&equals(json!({ "sub": "repo:acme/app:*" }))),
        ),
        (
            "wildcard-in-string-equals",
            github(&equals(json!({ "sub": [SUBJECT, "repo:acme/*"] }))),
        ),
        (
            "wildcard-in-string-equals",
            cluster(&equals(json!({ "sub": "system:serviceaccount:ci:*" }))),
        ),
        (
            "wildcard-in-string-equals",
            cluster(&json!({ "StringEquals": { "sub": ACCOUNT, "aud": "sts.*" } })),
        ),
        (
            "for-all-values",
            github(
                &json!({ "StringEquals": aud(), "ForAllValues:StringEquals": { "sub": SUBJECT } }),
            ),
        ),
        (
            "for-all-values",
            github(
                &json!({ "StringEquals": { "sub": SUBJECT }, "ForAllValues:StringEquals": aud() }),
            ),
        ),
        (
            "for-all-values",
            github(&plus("ForAllValues:StringLike", "environment", "prod*")),
        ),
        (
            "if-exists",
            github(
                &json!({ "StringEquals": aud(), "StringLikeIfExists": { "sub": "repo:acme@1/app@2:environment:prod-*" } }),
            ),
        ),
        (
            "if-exists",
            github(&plus("StringEqualsIfExists", "environment", "prod")),
        ),
        // Claims, and what IAM wants of shared issuers.
        (
            "unmapped-claim",
            github(&plus("StringEquals", "event_name", "push")),
        ),
        (
            "unmapped-claim",
            github(&plus(
                "StringEqualsIfExists",
                "runner_environment",
                "github-hosted",
            )),
        ),
        (
            "unmapped-claim",
            github(&plus("ForAllValues:StringEquals", "iss", "https://x")),
        ),
        (
            "unmapped-claim",
            cluster(&json!({ "StringEquals": {
            "aud": "sts.amazonaws.com", "sub": ACCOUNT, "kubernetes.io/namespace": "ci" } })),
        ),
        (
            "shared-issuer-unscoped",
            github(&equals(json!({ "repository_owner_id": "1" }))),
        ),
        (
            "shared-issuer-unscoped",
            github(&equals(
                json!({ "repository_id": "2", "ref": "refs/heads/main" }),
            )),
        ),
        (
            "first-value-guard",
            github(&like(json!(["repo:acme@1/app@2:environment:prod-*", "*"]))),
        ),
        ("first-value-guard", github(&like(json!(["x", "*"])))),
        // Statements.
        (
            "wrong-action",
            with(good_github(), "Action", json!("sts:AssumeRole")),
        ),
        (
            "wrong-action",
            with(good_cluster(), "Action", json!("sts:AssumeRoleWithSAML")),
        ),
        (
            "wrong-action",
            json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" }, "Action": "sts:AssumeRole" }),
        ),
        (
            "denied",
            json!([good_github(), { "Effect": "Deny", "Principal": "*", "Action": "sts:*" }]),
        ),
        (
            "denied",
            json!([good_github(), with(good_github(), "Effect", json!("Deny"))]),
        ),
        (
            "everyone",
            json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" }),
        ),
        (
            "everyone",
            json!({ "Effect": "Allow", "Principal": { "AWS": ["*"] }, "Action": "sts:AssumeRole" }),
        ),
        (
            "whole-account",
            json!({ "Effect": "Allow", "Principal": { "AWS": "444455556666" }, "Action": "sts:AssumeRole" }),
        ),
    ] {
        assert_eq!(codes(&policy), [format!("trust/{code}")], "{policy:#}");
    }
}

#[test]
fn good_policies_are_silent() {
    for policy in [
        good_github(),
        good_cluster(),
        github(
            &json!({ "StringEquals": { "aud": "sts.amazonaws.com", "sub": [
            SUBJECT, "repo:acme/app:environment:prod",
        ] } }),
        ),
        github(&json!({
            "StringEquals": { "aud": "sts.amazonaws.com" },
            "StringLike": { "sub": ["repo:acme@1/app@2:ref:refs/heads/release/*", "repo:acme@1/app@2:ref:refs/tags/v*"] },
        })),
        github(&json!({ "StringEquals": {
            "aud": "sts.amazonaws.com", "sub": "repo:acme@1/app@2:pull_request",
        } })),
        json!([good_github(), good_cluster()]),
        json!({ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }),
        json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
            "Action": ["sts:AssumeRole", "sts:TagSession"] }),
        json!({ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
                "StringEquals": { "cognito-identity.amazonaws.com:aud": "us-east-1:12345678-ffff-ffff-ffff-123456" },
                "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "unauthenticated*" } } }),
        json!({ "Effect": "Allow", "Principal": { "Federated": "accounts.google.com" },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
                "StringEquals": { "accounts.google.com:aud": "66677788899900pro0" } } }),
        json!({ "Effect": "Allow", "Principal": { "Federated": "graph.facebook.com" },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {
                "StringEquals": { "graph.facebook.com:app_id": "112233445566" } } }),
        trust(
            "oidc.circleci.com/org/0a",
            &json!({
            "StringEquals": { "aud": "0a" }, "StringLike": { "sub": "org/0a/project/1b/user/*" } }),
        ),
        json!({ "Effect": "Allow", "Principal": { "Federated": "arn:aws:iam::111122223333:saml-provider/idp" },
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": { "StringEquals": { "SAML:aud": "https://signin.aws.amazon.com/saml" } } }),
    ] {
        assert_eq!(codes(&policy), Vec::<String>::new(), "{policy:#}");
    }
}

#[test]
fn the_articles_trust_policy_is_clean() {
    let text = include_str!("../../../examples/article/trust-policy.json");
    assert_eq!(codes_of(text), Vec::<String>::new());
    let filled = text
        .replace("@PARTITION@", "aws")
        .replace("@ACCOUNT@", "111122223333")
        .replace("@ISSUER@", CLUSTER);
    assert_eq!(codes_of(&filled), Vec::<String>::new());
}

proptest! {
    #[test]
    fn what_iam_would_not_store_is_an_error(
        operator in "(ForAnyValue:|ForAllValues:)?String(Not)?(Equals|Like)(IfExists)?",
        claim in prop::sample::select(vec!["aud", "sub", "job_workflow_ref", "repository", "environment", "iss"]),
        values in prop::collection::vec("(repo:acme/app:|acme/)?[a*?:]{0,4}", 1..3),
        issuer in prop::sample::select(vec![GITHUB, "gitlab.com", "oidc.codefresh.io", "app.terraform.io", "agent.buildkite.com"]),
    ) {
        let broken = statement(issuer, &json!({ &operator: { format!("{issuer}:{claim}"): values } }));
        let text = json!({ "Version": "2012-10-17", "Statement": broken }).to_string();
        let document = Document::parse(&text).unwrap();
        if validate(&document, PolicyKind::Trust).is_err() {
            let found = check(&document, Some(PolicyKind::Trust));
            prop_assert!(found.iter().any(|it| it.severity == Severity::Error), "{}", text);
        }
    }

    #[test]
    fn any_condition_is_answered(
        operator in "(ForAnyValue:|ForAllValues:)?String(Not)?(Equals|Like)(IfExists)?",
        key in "(https://)?(token.actions.githubusercontent.com|[a-z.*/:]{0,12}):?(aud|sub|environment|[a-z_:]{0,8})",
        values in prop::collection::vec("(repo:|system:serviceaccount:)?[a-zA-Z:/@*?=é${} -]{0,16}", 0..4),
        effect in prop::sample::select(vec!["Allow", "Deny"]),
    ) {
        for issuer in [GITHUB, CLUSTER] {
            let mut broken = statement(issuer, &json!({ &operator: { &key: values } }));
            broken["Effect"] = json!(effect);
            codes(&json!([broken, good_github()]));
        }
    }
}

#[test]
fn hostile_documents_cost_a_bounded_time() {
    let started = std::time::Instant::now();
    let many: Vec<String> = (0..4_000).map(|index| format!("repo:a{index}/*")).collect();
    let slips: Vec<String> = (0..4_000).map(|index| format!("a{index}*")).collect();
    let keys = |count: usize, operator: &str| {
        let mut condition = json!({});
        for index in 0..count {
            condition[operator][format!("host{index}.example:sub")] = json!("*");
        }
        condition
    };
    let statements: Vec<Value> = (0..800)
        .map(|index| {
            let mut one = github(&json!({ "StringLike": { "sub": format!("*{index}*") } }));
            one["Effect"] = json!(if index % 2 == 0 { "Deny" } else { "Allow" });
            one
        })
        .collect();
    for hostile in [
        github(&json!({ "StringLike": { "sub": many } })),
        github(&json!({ "StringEquals": { "sub": slips } })),
        statement(GITHUB, &keys(4_000, "StringEquals")),
        json!(statements),
    ] {
        assert!(!codes(&hostile).is_empty());
    }
    // In a build for tests, beside others.
    assert!(started.elapsed().as_secs() < 40, "{:?}", started.elapsed());
}
