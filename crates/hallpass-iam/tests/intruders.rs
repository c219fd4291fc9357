//! Counter-examples: which strangers a trust policy lets in, and that the engine agrees.

#![expect(
    clippy::unwrap_used,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::fmt::Write as _;

use hallpass_iam::{
    Caller, Context, Document, Intruder, Intrusion, Outcome, Policy, PolicyKind, PolicySet,
    Request, decide, intruders,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const CLUSTER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";

fn document(statements: &Value) -> Document {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Document::parse(&text).unwrap()
}

fn statement(issuer: &str, condition: &Value) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    })
}

/// Audience in full, and a pattern for the subject.
fn like(issuer: &str, subject: &Value) -> Document {
    document(&statement(
        issuer,
        &json!({
            "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{issuer}:sub"): subject },
        }),
    ))
}

fn passes(document: &Document, intruder: &Intruder) -> bool {
    let policy = Policy::compile("trust", PolicyKind::Trust, document);
    let request = Request {
        caller: Caller::Federated {
            provider: &intruder.provider,
        },
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "arn:aws:iam::111122223333:role/ci",
        resource_account: None,
        context: &intruder.context,
    };
    let policies = PolicySet {
        resource: Some(&policy),
        ..PolicySet::default()
    };
    decide(&request, &policies) == Outcome::Allow
}

/// Jobs of other repositories than `acme/app`, as a token shows them.
fn strangers() -> Vec<Intruder> {
    let mut all = Vec::new();
    for owner in ["acme", "acme-evil", "evil-acme", "evil"] {
        for repository in ["app", "app-evil", "evil-app", "evil"] {
            for (context, git_ref, environment) in [
                ("pull_request", "refs/pull/1/merge", None),
                ("ref:refs/heads/main", "refs/heads/main", None),
                ("ref:refs/heads/evil", "refs/heads/evil", None),
                ("environment:prod", "refs/heads/main", Some("prod")),
            ] {
                if (owner, repository) == ("acme", "app") {
                    continue;
                }
                let subject = format!("repo:{owner}/{repository}:{context}");
                let mut keys = Context::new();
                keys.insert_one(format!("{GITHUB}:aud"), "sts.amazonaws.com");
                keys.insert_one(format!("{GITHUB}:sub"), &subject);
                keys.insert_one(format!("{GITHUB}:ref"), git_ref);
                let full = format!("{owner}/{repository}");
                keys.insert_one(format!("{GITHUB}:repository"), full);
                if let Some(environment) = environment {
                    keys.insert_one(format!("{GITHUB}:environment"), environment);
                }
                let mut claims = serde_json::Map::new();
                claims.insert("sub".to_owned(), json!(subject));
                all.push(Intruder {
                    statement: 0,
                    provider: format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}"),
                    span: hallpass_diag::Span::default(),
                    context: keys,
                    claims,
                    why: Intrusion::Subject,
                });
            }
        }
    }
    all
}

#[test]
fn a_stranger_fills_what_a_pattern_leaves_open() {
    let mut table = String::new();
    for (issuer, pattern) in [
        (GITHUB, "*"),
        (GITHUB, "repo:*"),
        (GITHUB, "repo:acme*"),
        (GITHUB, "repo:acme*/app:*"),
        (GITHUB, "repo:acme/*"),
        (GITHUB, "repo:acme/*:ref:refs/heads/main"),
        (GITHUB, "repo:acme/app*"),
        (GITHUB, "repo:acme/app-?:environment:prod"),
        (GITHUB, "repo:*/app:environment:prod"),
        (GITHUB, "repo:*:ref:refs/heads/main"),
        (GITHUB, "*:ref:refs/heads/main"),
        (GITHUB, "*:pull_request"),
        (GITHUB, "*/app:*"),
        (GITHUB, "*po:acme/app:environment:prod"),
        (GITHUB, "repo:acme/app:*"),
        (GITHUB, "repo:acme/app:ref:*"),
        (GITHUB, "repo:acme/app:ref:refs/heads/*"),
        (GITHUB, "repo:acme/app:ref:refs/heads/release/*"),
        (GITHUB, "repo:acme/app:environment:*"),
        (GITHUB, "repo:acme/app:environment:prod-*"),
        (GITHUB, "repo:acme/app:ref:refs/tags/v*"),
        (GITHUB, "repo:acme/app:environment:prod"),
        (GITHUB, "repo:acme@65/*"),
        (GITHUB, "repo:acme@65/app@74:*"),
        (GITHUB, "repo:acme@*/app@*:ref:refs/heads/main"),
        (GITHUB, "repo:acme@*/app@*"),
        (GITHUB, "repo:acme@65/app*:ref:refs/heads/main"),
        (GITHUB, "repo:evil/*"),
        (GITHUB, "job_workflow_ref:acme/shared/*"),
        ("gitlab.com", "project_path:acme/*"),
        ("gitlab.com", "project_path:acme/app:*"),
        ("gitlab.com", "project_path:acme/*:ref_type:branch:ref:main"),
        ("gitlab.com", "project_path:*"),
        (
            "app.terraform.io",
            "organization:acme:project:*:workspace:prod:run_phase:*",
        ),
        ("app.terraform.io", "organization:*"),
        (
            "app.terraform.io",
            "organization:acme:project:p:workspace:prod:run_phase:*",
        ),
        (CLUSTER, "system:serviceaccount:*"),
        (CLUSTER, "system:serviceaccount:ci:*"),
        (CLUSTER, "system:serviceaccount:*:runner"),
        (CLUSTER, "system:serviceaccount:ci-*:runner"),
        (CLUSTER, "system:serviceaccount:ci:runner*"),
        (CLUSTER, "system:serviceaccount:*ci*:runner"),
        (CLUSTER, "*:runner"),
        (CLUSTER, "system:*"),
        ("issuer.example", "user-*"),
        ("gitlab.example", "project_path:acme/*"),
        ("agent.buildkite.com", "organization:acme:*"),
        ("agent.buildkite.com", "organization:acme:pipeline:app:*"),
        (
            "agent.buildkite.com",
            "organization:acme:pipeline:app:ref:refs/heads/main:commit:*:step:*",
        ),
        ("oidc.circleci.com/org/0a", "org/0a/project/*"),
        ("oidc.circleci.com/org/0a", "org/0a/project/1b/user/*"),
        ("bitbucket.example/oidc", "{0a-1b}:*"),
        ("bitbucket.example/oidc", "{0a-*"),
        ("issuer.example/a", "system:serviceaccount:ci:*"),
    ] {
        let document = like(issuer, &json!([pattern]));
        let found = intruders(&document);
        let found: Vec<String> = found
            .iter()
            .map(|it| {
                assert!(passes(&document, it), "{it:?}");
                format!("{} {}", it.subject(), it.why)
            })
            .collect();
        let found = if found.is_empty() {
            "-".to_owned()
        } else {
            found.join("; ")
        };
        writeln!(table, "{pattern}\n    {found}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    *
        repo:evil/x:pull_request is of another organisation
    repo:*
        repo:evil/x:pull_request is of another organisation
    repo:acme*
        repo:acme-evil/x:pull_request is of another organisation
    repo:acme*/app:*
        repo:acme-evil/app:pull_request is of another organisation
    repo:acme/*
        repo:acme/evil:pull_request is of another repository
    repo:acme/*:ref:refs/heads/main
        repo:acme/evil:ref:refs/heads/main is of another repository
    repo:acme/app*
        repo:acme/app-evil:pull_request is of another repository
    repo:acme/app-?:environment:prod
        repo:acme/app-x:environment:prod is of another repository
    repo:*/app:environment:prod
        repo:evil/app:environment:prod is of another organisation
    repo:*:ref:refs/heads/main
        repo:evil/x:ref:refs/heads/main is of another organisation
    *:ref:refs/heads/main
        repo:evil/x:ref:refs/heads/main is of another organisation
    *:pull_request
        repo:evil/x:pull_request is of another organisation
    */app:*
        repo:evil/app:pull_request is of another organisation
    *po:acme/app:environment:prod
        -
    repo:acme/app:*
        repo:acme/app:pull_request may be of any pull request
    repo:acme/app:ref:*
        repo:acme/app:ref:refs/heads/evil may be of any branch
    repo:acme/app:ref:refs/heads/*
        repo:acme/app:ref:refs/heads/evil may be of any branch
    repo:acme/app:ref:refs/heads/release/*
        -
    repo:acme/app:environment:*
        repo:acme/app:environment:evil may be of any environment
    repo:acme/app:environment:prod-*
        -
    repo:acme/app:ref:refs/tags/v*
        -
    repo:acme/app:environment:prod
        -
    repo:acme@65/*
        repo:acme@65/evil@666:pull_request is of another repository
    repo:acme@65/app@74:*
        repo:acme@65/app@74:pull_request may be of any pull request
    repo:acme@*/app@*:ref:refs/heads/main
        -
    repo:acme@*/app@*
        repo:acme@1/evil@666:ref:refs/heads/evil/app@ is of another repository
    repo:acme@65/app*:ref:refs/heads/main
        repo:acme@65/app-evil@666:ref:refs/heads/main is of another repository
    repo:evil/*
        repo:evil/intruder:pull_request is of another repository
    job_workflow_ref:acme/shared/*
        -
    project_path:acme/*
        project_path:acme/evil:ref_type:branch:ref:evil is of another project
    project_path:acme/app:*
        project_path:acme/app:ref_type:branch:ref:evil may be of any branch
    project_path:acme/*:ref_type:branch:ref:main
        project_path:acme/evil:ref_type:branch:ref:main is of another project
    project_path:*
        project_path:evil/x:ref_type:branch:ref:evil is of another group
    organization:acme:project:*:workspace:prod:run_phase:*
        organization:acme:project:evil:workspace:prod:run_phase:apply is of another project
    organization:*
        organization:evil:project:x:workspace:x:run_phase:apply is of another organisation
    organization:acme:project:p:workspace:prod:run_phase:*
        -
    system:serviceaccount:*
        system:serviceaccount:evil:x is of another namespace
    system:serviceaccount:ci:*
        system:serviceaccount:ci:evil is of another service account
    system:serviceaccount:*:runner
        system:serviceaccount:evil:runner is of another namespace
    system:serviceaccount:ci-*:runner
        system:serviceaccount:ci-evil:runner is of another namespace
    system:serviceaccount:ci:runner*
        system:serviceaccount:ci:runner-evil is of another service account
    system:serviceaccount:*ci*:runner
        system:serviceaccount:evil-ci:runner is of another namespace
    *:runner
        system:serviceaccount:evil:runner is of another namespace
    system:*
        system:serviceaccount:evil:x is of another namespace
    user-*
        user-evil is of another subject
    project_path:acme/*
        project_path:acme/evil:ref_type:branch:ref:evil is of another project
    organization:acme:*
        organization:acme:pipeline:evil:ref:refs/heads/evil:commit:0:step:build is of another pipeline
    organization:acme:pipeline:app:*
        organization:acme:pipeline:app:ref:refs/heads/evil:commit:0:step:build may be of any branch
    organization:acme:pipeline:app:ref:refs/heads/main:commit:*:step:*
        -
    org/0a/project/*
        org/0a/project/evil/user/evil is of another project
    org/0a/project/1b/user/*
        -
    {0a-1b}:*
        -
    {0a-*
        {0a-evil}:{0} is of another repository
    system:serviceaccount:ci:*
        system:serviceaccount:ci:evil is of another service account
    ");
}

#[test]
fn other_claims_keep_strangers_out_as_the_engine_reads_them() {
    let mut table = String::new();
    for (name, condition) in [
        ("no sub", json!({})),
        (
            "repository",
            json!({ "StringEquals": { "repository": "acme/app" } }),
        ),
        (
            "repository and ref",
            json!({ "StringEquals": { "repository": "acme/app", "ref": "refs/heads/main" } }),
        ),
        (
            "owner id",
            json!({ "StringEquals": { "repository_owner_id": "65" } }),
        ),
        (
            "repository id",
            json!({ "StringEquals": { "repository_id": "74" } }),
        ),
        (
            "workflow of a shared repository",
            json!({ "StringEquals": { "job_workflow_ref": "acme/shared/.github/workflows/deploy.yml@refs/heads/main" } }),
        ),
        ("actor", json!({ "StringEquals": { "actor": "octocat" } })),
        (
            "owner id, open sub",
            json!({ "StringEquals": { "repository_owner_id": "65" }, "StringLike": { "sub": "repo:*" } }),
        ),
        (
            "workflow name, open sub",
            json!({ "StringEquals": { "workflow": "deploy" }, "StringLike": { "sub": "repo:acme/*" } }),
        ),
        (
            "ref, open sub",
            json!({ "StringEquals": { "ref": "refs/heads/main" }, "StringLike": { "sub": "repo:acme/app:*" } }),
        ),
        (
            "environment if it exists",
            json!({ "StringEqualsIfExists": { "environment": "prod" }, "StringEquals": { "sub": "repo:acme/app:ref:refs/heads/main" } }),
        ),
        (
            "environment for all values",
            json!({ "ForAllValues:StringEquals": { "environment": "prod" }, "StringLike": { "sub": "repo:acme/app:ref:refs/heads/v*" } }),
        ),
        (
            "environment, open sub",
            json!({ "StringEquals": { "environment": "prod" }, "StringLike": { "sub": "repo:acme/*" } }),
        ),
        (
            "repository by pattern",
            json!({ "StringLike": { "repository": "acme*/app" } }),
        ),
        (
            "repository of the organisation",
            json!({ "StringLike": { "repository": "acme/*", "sub": "repo:*:environment:prod" } }),
        ),
        (
            "workflow by pattern",
            json!({ "StringLike": { "job_workflow_ref": "acme*/.github/workflows/deploy.yml@*" } }),
        ),
        (
            "workflow of the organisation",
            json!({ "StringLike": { "job_workflow_ref": "acme/*/.github/workflows/*@refs/heads/main" } }),
        ),
        (
            "workflow of one repository",
            json!({ "StringLike": { "job_workflow_ref": "acme/shared/.github/workflows/deploy.yml@refs/tags/v*" } }),
        ),
        (
            "subject as an ARN",
            json!({ "ArnLike": { "sub": "repo:acme/*" } }),
        ),
        (
            "no pull requests",
            json!({ "StringNotLike": { "sub": "*:pull_request" } }),
        ),
    ] {
        let mut keyed = json!({ "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" } });
        for (operator, claims) in condition.as_object().unwrap() {
            for (claim, value) in claims.as_object().unwrap() {
                keyed[operator][format!("{GITHUB}:{claim}")] = value.clone();
            }
        }
        let document = document(&statement(GITHUB, &keyed));
        let found: Vec<String> = intruders(&document)
            .iter()
            .map(|it| {
                assert!(passes(&document, it), "{it:?}");
                format!("{} {}", it.subject(), it.why)
            })
            .collect();
        let found = if found.is_empty() {
            "-".to_owned()
        } else {
            found.join("; ")
        };
        writeln!(table, "{name}\n    {found}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    no sub
        repo:evil/x:pull_request is of another organisation
    repository
        repo:acme/app:pull_request may be of any pull request
    repository and ref
        -
    owner id
        repo:acme/evil:pull_request is of another repository
    repository id
        repo:acme/app:pull_request may be of any pull request
    workflow of a shared repository
        -
    actor
        -
    owner id, open sub
        repo:acme/evil:pull_request is of another repository
    workflow name, open sub
        repo:acme/evil:pull_request is of another repository
    ref, open sub
        -
    environment if it exists
        repo:acme/app:ref:refs/heads/main has no `environment`
    environment for all values
        repo:acme/app:ref:refs/heads/v-evil has no `environment`
    environment, open sub
        repo:acme/evil:environment:prod is of another repository
    repository by pattern
        repo:acme-x/app:pull_request may be of any pull request; repo:acme-evil/app:pull_request is of another organisation
    repository of the organisation
        repo:acme/evil:environment:prod is of another repository
    workflow by pattern
        repo:acme-evil/x:pull_request is of another organisation
    workflow of the organisation
        repo:acme/evil:environment:evil is of another repository; repo:acme/evil:pull_request is of another repository
    workflow of one repository
        -
    subject as an ARN
        repo:acme/evil:pull_request is of another repository
    no pull requests
        repo:evil/x:ref:refs/heads/evil is of another organisation
    ");
}

#[test]
fn a_deny_and_a_value_that_names_it_leave_no_intruder() {
    let open = |subject: &Value| {
        let condition = json!({
            "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{GITHUB}:sub"): subject },
        });
        statement(GITHUB, &condition)
    };
    let mut deny = open(&json!("repo:acme/app:*"));
    deny["Effect"] = json!("Deny");
    deny["Condition"] =
        json!({ "StringNotEquals": { format!("{GITHUB}:repository"): "acme/app" } });
    let found = intruders(&document(&json!([open(&json!("repo:acme/*")), deny])));
    assert_eq!(
        found.iter().map(Intruder::subject).collect::<Vec<_>>(),
        ["repo:acme/app:pull_request"],
        "the Deny is what names the repository"
    );
    let named = json!(["repo:acme/app:*", "repo:acme/app:pull_request"]);
    let found = intruders(&document(&open(&named)));
    assert_eq!(
        found.iter().map(Intruder::subject).collect::<Vec<_>>(),
        ["repo:acme/app:ref:refs/heads/evil"]
    );
}

#[test]
fn a_token_for_somebody_else_passes_where_no_audience_is_asked_for() {
    let condition =
        json!({ "StringEquals": { format!("{CLUSTER}:sub"): "system:serviceaccount:ci:runner" } });
    let found = intruders(&document(&statement(CLUSTER, &condition)));
    assert_eq!(found.len(), 1, "{found:?}");
    let intruder = found.first().unwrap();
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&intruder.claims).unwrap(),
        @r#"
    {
      "iss": "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
      "aud": "https://elsewhere.example",
      "sub": "system:serviceaccount:ci:runner",
      "kubernetes.io": {
        "namespace": "ci",
        "serviceaccount": {
          "name": "runner"
        }
      }
    }
    "#
    );
}

#[test]
fn circumstances_are_met() {
    let condition = json!({
        "StringEquals": { format!("{GITHUB}:aud"): "sts.amazonaws.com" },
        "StringLike": { format!("{GITHUB}:sub"): "repo:acme/*", "sts:RoleSessionName": "ci-*" },
        "IpAddress": { "aws:SourceIp": "198.51.100.0/24" },
        "NumericLessThan": { "sts:DurationSeconds": "3600" },
        "Bool": { "aws:SecureTransport": "true" },
        "Null": { "aws:TokenIssueTime": "true", "aws:SourceVpc": "false" },
        "DateLessThan": { "aws:CurrentTime": "2030-01-01T00:00:00Z" },
    });
    let document = document(&statement(GITHUB, &condition));
    let found = intruders(&document);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found.iter().all(|it| passes(&document, it)));
}

proptest! {
    #[test]
    fn whoever_is_returned_passes(
        subjects in prop::collection::vec("(repo:|system:serviceaccount:)?[a*?/:@-]{0,9}(:ref:refs/heads/[a*]{1,3})?", 1..4),
        operator in prop::sample::select(vec!["StringLike", "StringEquals", "StringLikeIfExists", "ForAllValues:StringLike", "StringNotLike"]),
        claim in prop::sample::select(vec!["repository", "environment", "ref", "amr"]),
        issuer in prop::sample::select(vec![GITHUB, CLUSTER, "gitlab.com", "issuer.example"]),
    ) {
        let condition = json!({
            operator: { format!("{issuer}:sub"): subjects },
            "StringLikeIfExists": { format!("{issuer}:{claim}"): ["a*", "*/a"] },
        });
        let document = document(&statement(issuer, &condition));
        for intruder in intruders(&document) {
            prop_assert!(passes(&document, &intruder), "{:?}", intruder);
        }
    }

    #[test]
    fn where_one_of_many_strangers_passes_an_intruder_is_found(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "repo:", "repo:acme", "repo:acme/app", "acme", "app", "*", "*", "*", "/", ":",
            ":ref:refs/heads/main", ":pull_request", ":environment:prod", "refs/", "-",
        ]), 1..6),
        condition in prop::sample::select(vec![
            json!({}), json!({ "repository": "acme/*" }), json!({ "ref": "refs/heads/*" }), json!({ "environment": "prod" }),
        ]),
    ) {
        let pattern = pieces.concat();
        let mut like = json!({ format!("{GITHUB}:sub"): pattern });
        for (claim, value) in condition.as_object().unwrap() {
            like[format!("{GITHUB}:{claim}")] = value.clone();
        }
        let document = document(&statement(GITHUB, &json!({ "StringLike": like })));
        let stranger = strangers().into_iter().find(|it| passes(&document, it));
        if let Some(stranger) = stranger {
            let found = intruders(&document);
            let is_found = found.iter().any(|it| matches!(it.why, Intrusion::Place { .. }));
            prop_assert!(is_found, "{} lets in {}", pattern, stranger.subject());
        }
    }

    #[test]
    fn audience_and_subject_in_full_leave_no_intruder(
        subjects in prop::collection::vec("[a-z:/@*?]{1,20}", 1..4),
        issuer in prop::sample::select(vec![GITHUB, CLUSTER, "gitlab.com", "issuer.example"]),
    ) {
        let condition = json!({ "StringEquals": {
            format!("{issuer}:sub"): subjects, format!("{issuer}:aud"): "sts.amazonaws.com",
        } });
        prop_assert_eq!(intruders(&document(&statement(issuer, &condition))), vec![]);
    }
}

#[test]
fn hostile_documents_cost_a_bounded_time() {
    let started = std::time::Instant::now();
    let stars = "a*".repeat(200);
    let many: Vec<String> = (0..8_000).map(|index| format!("repo:a{index}/*")).collect();
    let statements: Vec<Value> = (0..1_000)
        .map(|index| {
            statement(
                GITHUB,
                &json!({ "StringLike": { format!("{GITHUB}:sub"): format!("*{index}*") } }),
            )
        })
        .collect();
    for hostile in [
        like(GITHUB, &json!(stars)),
        like(GITHUB, &json!(format!("repo:{}", "*:*/".repeat(100)))),
        like(GITHUB, &json!(many)),
        document(&json!(statements)),
        like(
            CLUSTER,
            &json!(format!("system:serviceaccount:{}", "*:".repeat(200))),
        ),
    ] {
        for intruder in intruders(&hostile).iter().take(3) {
            assert!(passes(&hostile, intruder));
        }
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
