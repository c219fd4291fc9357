//! Whom a trust policy lets in: tables, and the law that no row says anything but the engine does.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows free helpers of tests not as tests"
)]

use hallpass_chain::{IssuerKind, Matrix, Row};
use hallpass_iam::federation::Issuer;
use hallpass_iam::{
    Caller, Context, Document, Outcome, Policy, PolicyKind, PolicySet, Request, decide,
};
use hallpass_oidc::{Claims, condition_keys};
use proptest::prelude::*;
use serde_json::{Value, json};

const GITHUB: &str = "token.actions.githubusercontent.com";
const CLUSTER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/AB";

fn trusting(issuer: &str, conditions: &Value) -> Document {
    let document = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Condition": conditions,
    } });
    Document::parse(&document.to_string()).unwrap()
}

fn github(operator: &str, claims: &[(&str, Value)]) -> Matrix {
    let mut keys = serde_json::Map::new();
    for (claim, value) in claims {
        keys.insert(format!("{GITHUB}:{claim}"), value.clone());
    }
    let document = trusting(GITHUB, &json!({ operator: keys }));
    Matrix::new(&document, &Context::new())
}

/// The rows that get in: whose, the form of the subject, the context.
fn admitted(matrix: &Matrix) -> String {
    let line = |row: &Row| {
        let (relation, form) = (row.relation.as_str(), row.form.name());
        format!("{} ({relation}, {form}): {}", row.who, row.context)
    };
    matrix.admitted().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_branch_is_what_runs_on_it_and_nothing_of_others() {
    let matrix = github(
        "StringEquals",
        &[
            ("aud", json!("sts.amazonaws.com")),
            ("sub", json!("repo:acme/app:ref:refs/heads/main")),
        ],
    );
    insta::assert_snapshot!(admitted(&matrix), @r"
    acme/app (named, name-based): push to branch `main`
    acme/app (named, name-based): pull_request_target to `main`
    acme/app (named, name-based): schedule
    acme/app (named, name-based): by hand on `main` (workflow_dispatch)
    ");
}

#[test]
fn an_immutable_subject_admits_the_immutable_alone() {
    let matrix = github(
        "StringEquals",
        &[
            ("aud", json!("sts.amazonaws.com")),
            ("sub", json!("repo:acme@65/app@74:environment:prod")),
        ],
    );
    insta::assert_snapshot!(admitted(&matrix), @"acme/app (named, immutable): environment `prod`, push to branch `main`");
}

#[test]
fn a_prefix_without_its_colon_admits_other_repositories() {
    let matrix = github("StringLike", &[("sub", json!("repo:acme/app*"))]);
    let who: std::collections::BTreeSet<&str> =
        matrix.admitted().map(|row| row.who.as_str()).collect();
    assert_eq!(
        who.into_iter().collect::<Vec<_>>(),
        ["acme/app", "acme/app1"]
    );
}

#[test]
fn an_organisation_admits_the_neighbour_and_a_star_the_stranger() {
    let who = |pattern: &str| -> Vec<String> {
        let matrix = github("StringLike", &[("sub", json!(pattern))]);
        let mut who: Vec<String> = matrix.admitted().map(|row| row.who.clone()).collect();
        who.dedup();
        who.sort();
        who.dedup();
        who
    };
    assert_eq!(
        who("repo:acme/*"),
        ["acme/any-repository", "acme/some-other-repository"]
    );
    assert_eq!(who("*"), ["some-other-owner/some-other-repository"]);
}

#[test]
fn a_reusable_workflow_is_asked_for_beside_the_environment() {
    let matrix = github(
        "StringEquals",
        &[
            ("sub", json!("repo:acme/app:environment:prod")),
            (
                "job_workflow_ref",
                json!("acme/ci/.github/workflows/deploy.yml@refs/heads/main"),
            ),
        ],
    );
    insta::assert_snapshot!(admitted(&matrix), @"acme/app (named, name-based): environment `prod`, push to branch `main`, in the workflow `acme/ci/.github/workflows/deploy.yml@refs/heads/main`");
}

#[test]
fn a_customised_subject_is_tried_in_its_own_form() {
    let matrix = github(
        "StringEquals",
        &[(
            "sub",
            json!(
                "repo:acme/app:environment:prod:job_workflow_ref:acme/ci/.github/workflows/d.yml@v1"
            ),
        )],
    );
    insta::assert_snapshot!(admitted(&matrix), @"acme/app (named, customised): environment `prod`, push to branch `main`, in the workflow `acme/ci/.github/workflows/d.yml@v1`");
}

#[test]
fn an_issuer_with_its_scheme_left_in_admits_nobody_and_says_what_lacks() {
    let document = trusting(
        GITHUB,
        &json!({ "StringEquals": {
            "https://token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        } }),
    );
    let matrix = Matrix::new(&document, &Context::new());
    assert_eq!(matrix.admitted().count(), 0);
    let row = &matrix.issuers[0].rows[0];
    assert_eq!(
        (row.who.as_str(), row.context.as_str()),
        ("acme/app", "push to branch `main`")
    );
    assert_eq!(
        row.because.as_deref(),
        Some("the token brings no https://token.actions.githubusercontent.com:sub")
    );
}

#[test]
fn a_cluster_is_its_account_and_those_around_it() {
    let of = |conditions: Value| {
        let document = trusting(CLUSTER, &conditions);
        let matrix = Matrix::new(&document, &Context::new());
        assert_eq!(matrix.issuers[0].kind, IssuerKind::Kubernetes);
        let line = |row: &Row| {
            let because = row.because.as_deref().unwrap_or("gets in");
            format!("{} ({}): {because}", row.who, row.context)
        };
        let rows = matrix.issuers[0].rows.iter().map(line);
        rows.collect::<Vec<_>>().join("\n")
    };
    let key = |claim: &str| format!("{CLUSTER}:{claim}");
    insta::assert_snapshot!(of(json!({ "StringEquals": {
        key("aud"): "sts.amazonaws.com", key("sub"): "system:serviceaccount:actions:runner",
    } })), @r"
    actions/runner (its pods): gets in
    actions/default (pods of the namespace that name no account): sub must be `system:serviceaccount:actions:runner`
    actions/some-other-account (another account's pods): sub must be `system:serviceaccount:actions:runner`
    some-other-namespace/runner (pods of the same account name in another namespace): sub must be `system:serviceaccount:actions:runner`
    actions/runner (its token for the API server): aud must be `sts.amazonaws.com`
    ");
    insta::assert_snapshot!(of(json!({ "StringLike": {
        key("sub"): "system:serviceaccount:actions:*",
    } })), @r"
    actions/any (its pods): gets in
    actions/default (pods of the namespace that name no account): gets in
    actions/some-other-account (another account's pods): gets in
    some-other-namespace/any (pods of the same account name in another namespace): sub must match `system:serviceaccount:actions:*`
    actions/any (its token for the API server): gets in
    ");
}

#[test]
fn a_deny_is_named() {
    let principal = format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}");
    let statement = |sid: &str, effect: &str, subject: &str| {
        json!({
            "Sid": sid, "Effect": effect, "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": principal },
            "Condition": { "StringLike": { format!("{GITHUB}:sub"): subject } },
        })
    };
    let document = json!({ "Version": "2012-10-17", "Statement": [
        statement("All", "Allow", "repo:acme/app:*"),
        statement("NoRequests", "Deny", "repo:*:pull_request"),
    ] });
    let document = Document::parse(&document.to_string()).unwrap();
    let matrix = Matrix::new(&document, &Context::new());
    let requests: Vec<&Row> = matrix.issuers[0]
        .rows
        .iter()
        .filter(|row| row.context == "pull request" && row.who == "acme/app")
        .collect();
    assert_eq!(requests.len(), 2, "both forms of the subject");
    for row in requests {
        assert_eq!(row.outcome, Outcome::ExplicitDeny);
        assert_eq!(
            row.because.as_deref(),
            Some("statement 1 (NoRequests) denies it")
        );
    }
}

#[test]
fn a_providers_audience_of_china_is_asked_for_there() {
    let document = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:*",
        "Principal": { "Federated": format!("arn:aws-cn:iam::111122223333:oidc-provider/{GITHUB}") },
    } });
    let document = Document::parse(&document.to_string()).unwrap();
    let matrix = Matrix::new(&document, &Context::new());
    let audience = &matrix.issuers[0].rows[0].claims["aud"];
    assert_eq!(audience, "sts.amazonaws.com.cn");
}

/// A document's trusted issuers by the engine alone.
fn decision(document: &Document, provider: &str, issuer: &str, claims: &Value) -> Outcome {
    let policy = Policy::compile("p", PolicyKind::Trust, document);
    let claims = Claims::from(claims.as_object().unwrap().clone());
    let mut context = Context::new();
    let offered = Issuer::of(issuer).unwrap().claims();
    for (key, values) in condition_keys(issuer, &claims, &offered) {
        context.insert(key, values);
    }
    let request = Request {
        caller: Caller::Federated { provider },
        action: "sts:AssumeRoleWithWebIdentity",
        resource: "arn:aws:iam::111122223333:role/any",
        resource_account: Some("111122223333"),
        context: &context,
    };
    let set = PolicySet {
        resource: Some(&policy),
        ..PolicySet::default()
    };
    decide(&request, &set)
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringEquals",
        "StringEqualsIfExists",
        "Null",
    ])
}

fn subject() -> impl Strategy<Value = String> {
    prop_oneof![
        "repo:acme(@6[5*])?/(app|a\\*|\\*)(@74)?:(\\*|ref:refs/heads/(main|rel/\\*)|environment:(prod|%3A\\*)|pull_request)",
        "(repo|repository_owner|job_workflow_ref|context):[a*:/@.]{0,12}",
        "system:serviceaccount:(actions|\\*|a\\?):(runner|\\*|)",
        "[a-z*?:/@%{}$]{0,16}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_row_says_anything_but_the_engine_does(
        is_github: bool,
        statements in prop::collection::vec(
            (any::<bool>(), operator(), "aud|sub|sub|ref|environment|actor|repository_id|job_workflow_ref", prop::collection::vec(subject(), 0..3)),
            1..4,
        ),
    ) {
        let issuer = if is_github { GITHUB } else { CLUSTER };
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let statements: Vec<Value> = statements
            .iter()
            .map(|(is_deny, operator, claim, values)| json!({
                "Effect": if *is_deny { "Deny" } else { "Allow" },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": { "Federated": provider },
                "Condition": { *operator: { format!("{issuer}:{claim}"): values } },
            }))
            .collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let Ok(document) = Document::parse(&document.to_string()) else {
            return Ok(());
        };
        let matrix = Matrix::new(&document, &Context::new());
        let again = Matrix::new(&document, &Context::new());
        prop_assert_eq!(matrix.to_json(), again.to_json());
        for row in matrix.issuers.iter().flat_map(|issuer| &issuer.rows) {
            let wanted = decision(&document, &provider, issuer, &row.claims);
            prop_assert_eq!(row.outcome, wanted, "{:?}", row);
            prop_assert_eq!(row.because.is_none(), wanted == Outcome::Allow);
            prop_assert_eq!(&row.claims["sub"], &row.subject);
        }
    }
}

#[test]
fn a_policy_of_a_thousand_statements_is_not_tried_to_its_end() {
    let statements: Vec<Value> = (0..1000)
        .map(|number| {
            json!({
                "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{GITHUB}") },
                "Condition": { "StringLike": {
                    format!("{GITHUB}:sub"): [format!("repo:o{number}/*a*b*c"), "a*".repeat(300)],
                } },
            })
        })
        .collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let document = Document::parse(&document.to_string()).unwrap();
    let matrix = Matrix::new(&document, &Context::new());
    let issuer = &matrix.issuers[0];
    assert_eq!(issuer.rows.len(), 100);
    assert_eq!(
        issuer.assumptions.last().map(String::as_str),
        Some("the policy names more than is tried: the rows are not all")
    );
}
