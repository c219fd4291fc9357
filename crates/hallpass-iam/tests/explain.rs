//! What a tired engineer reads: the sentence of each kind of decision, and the statement it points at.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows free helpers of tests not as tests"
)]

use hallpass_iam::{
    Caller, Context, Decision, Failure, Outcome, Policy, PolicyKind, PolicySet, Request, Says,
    explain,
};
use serde_json::{Value, json};

const ISSUER: &str = "token.actions.githubusercontent.com";
const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const ROLE: &str = "arn:aws:iam::111122223333:role/ci";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ci/run";
const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/app";

fn policy(name: &str, kind: PolicyKind, statements: &Value) -> Policy {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse(name, kind, &document.to_string()).unwrap()
}

fn context(keys: &[(&str, &str)]) -> Context {
    let mut context = Context::new();
    for (key, value) in keys {
        context.insert_one(*key, *value);
    }
    context
}

/// The decision of a trust policy on a GitHub token with these claims.
fn trust(statements: &Value, claims: &[(&str, &str)]) -> Decision {
    let keys: Vec<(String, &str)> = claims
        .iter()
        .map(|(claim, value)| (format!("{ISSUER}:{claim}"), *value))
        .collect();
    let keys: Vec<(&str, &str)> = keys
        .iter()
        .map(|(key, value)| (key.as_str(), *value))
        .collect();
    let context = context(&keys);
    let policy = policy("the trust policy of ci", PolicyKind::Trust, statements);
    let request = Request {
        caller: Caller::Federated { provider: PROVIDER },
        action: "sts:AssumeRoleWithWebIdentity",
        resource: ROLE,
        resource_account: Some("111122223333"),
        context: &context,
    };
    let set = PolicySet {
        resource: Some(&policy),
        ..PolicySet::default()
    };
    explain(&request, &set)
}

fn trusting(conditions: &Value) -> Value {
    json!({
        "Sid": "GitHub", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": PROVIDER }, "Condition": conditions,
    })
}

fn main_branch() -> Value {
    trusting(&json!({ "StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/api:ref:refs/heads/main",
    } }))
}

/// The policies of a role's session that pushes.
#[derive(Default)]
struct Push {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Policy>,
    repository: Option<Policy>,
}

impl Push {
    fn identity(statements: &Value) -> Self {
        Self {
            identity: vec![policy("push", PolicyKind::Identity, statements)],
            ..Self::default()
        }
    }

    fn decide(&self, context: &Context) -> Decision {
        let request = Request {
            caller: Caller::RoleSession {
                session_arn: SESSION,
                role_arn: ROLE,
            },
            action: "ecr:PutImage",
            resource: REPOSITORY,
            resource_account: Some("111122223333"),
            context,
        };
        let set = PolicySet {
            identity: self.identity.iter().collect(),
            resource: self.repository.as_ref(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref().map(|policy| vec![policy]),
            ..PolicySet::default()
        };
        explain(&request, &set)
    }

    fn says(&self) -> String {
        self.decide(&Context::new()).summary()
    }
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

#[test]
fn another_subject() {
    assert_eq!(
        trust(
            &main_branch(),
            &[
                ("aud", "sts.amazonaws.com"),
                ("sub", "repo:acme/api:ref:refs/heads/dev")
            ]
        )
        .summary(),
        "the trust policy does not allow sts:AssumeRoleWithWebIdentity on arn:aws:iam::111122223333:role/ci: \
         statement 0 (GitHub) of the trust policy of ci wants \
         StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:ref:refs/heads/main`, \
         got `repo:acme/api:ref:refs/heads/dev`"
    );
}

#[test]
fn another_audience() {
    assert_eq!(
        wish(&trust(
            &main_branch(),
            &[
                ("aud", "https://github.com/acme"),
                ("sub", "repo:acme/api:ref:refs/heads/main")
            ]
        )),
        "StringEquals token.actions.githubusercontent.com:aud `sts.amazonaws.com`, \
         got `https://github.com/acme`"
    );
}

#[test]
fn another_subject_and_another_audience_are_both_told() {
    assert_eq!(
        wish(&trust(&main_branch(), &[("aud", "a"), ("sub", "b")])),
        "StringEquals token.actions.githubusercontent.com:aud `sts.amazonaws.com`, got `a`; and \
         StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:ref:refs/heads/main`, \
         got `b`"
    );
}

#[test]
fn a_key_that_the_request_lacks() {
    assert_eq!(
        wish(&trust(&main_branch(), &[("aud", "sts.amazonaws.com")])),
        "StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:ref:refs/heads/main`, \
         got nothing: the request lacks the key"
    );
}

#[test]
fn a_wildcard_under_string_equals() {
    let statement = trusting(&json!({ "StringEquals": {
        "token.actions.githubusercontent.com:sub": "repo:acme/api:*",
    } }));
    assert_eq!(
        wish(&trust(&statement, &[("sub", "repo:acme/api:pull_request")])),
        "StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:*`, \
         got `repo:acme/api:pull_request` \
         (StringEquals takes `*` and `?` as they are: StringLike makes them wildcards)"
    );
    assert_eq!(
        wish(&trust(&statement, &[("sub", "repo:evil/api:pull_request")])),
        "StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:*`, \
         got `repo:evil/api:pull_request`"
    );
}

#[test]
fn texts_that_differ_in_case() {
    assert_eq!(
        wish(&trust(
            &main_branch(),
            &[
                ("aud", "sts.amazonaws.com"),
                ("sub", "repo:Acme/api:ref:refs/heads/main")
            ]
        )),
        "StringEquals token.actions.githubusercontent.com:sub `repo:acme/api:ref:refs/heads/main`, \
         got `repo:Acme/api:ref:refs/heads/main` (they differ in case)"
    );
}

#[test]
fn a_key_that_should_be_absent_or_there() {
    let wants = |wanted: &str| trusting(&json!({ "Null": { "k:x": wanted } }));
    let mut present = trust(&wants("false"), &[]).summary();
    assert_eq!(
        after_wants(&present),
        "k:x to be there (Null), got nothing: the request lacks the key"
    );
    let statement = trusting(&json!({ "Null": {
        "token.actions.githubusercontent.com:sub": "true",
    } }));
    present = trust(&statement, &[("sub", "s")]).summary();
    assert_eq!(
        after_wants(&present),
        "token.actions.githubusercontent.com:sub to be absent (Null), got `s`"
    );
}

#[test]
fn long_lists_are_cut() {
    let subjects: Vec<String> = (0..8).map(|number| format!("s{number}")).collect();
    let statement = trusting(&json!({ "StringLike": {
        "token.actions.githubusercontent.com:sub": subjects,
    } }));
    assert_eq!(
        wish(&trust(&statement, &[("sub", "t")])),
        "StringLike token.actions.githubusercontent.com:sub \
         `s0` or `s1` or `s2` or `s3` or `s4` and 3 more, got `t`"
    );
}

#[test]
fn another_provider() {
    let mut statement = main_branch();
    statement["Principal"]["Federated"] = json!("arn:aws:iam::111122223333:oidc-provider/other");
    assert_eq!(
        wish(&trust(&statement, &[])),
        "principal `arn:aws:iam::111122223333:oidc-provider/other`, \
         got `arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com`"
    );
}

#[test]
fn no_policy_at_all() {
    assert_eq!(
        Push::default().says(),
        "no identity-based policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: there is none"
    );
}

#[test]
fn no_statement_for_the_action() {
    assert_eq!(
        Push::identity(&allow("ecr:BatchGetImage", "*")).says(),
        "no identity-based policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: \
         no statement that allows is about this action"
    );
}

#[test]
fn only_statements_that_deny() {
    let statements = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*" });
    assert_eq!(
        Push::identity(&statements).says(),
        "no identity-based policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: it has no statement that allows"
    );
}

#[test]
fn another_resource() {
    assert_eq!(
        Push::identity(&allow(
            "ecr:*",
            "arn:aws:ecr:eu-west-1:111122223333:repository/api"
        ))
        .says(),
        "no identity-based policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: statement 0 of push wants \
         resource `arn:aws:ecr:eu-west-1:111122223333:repository/api`, \
         got `arn:aws:ecr:eu-west-1:111122223333:repository/app`"
    );
    let all_but = json!({ "Effect": "Allow", "Action": "ecr:*", "NotResource": REPOSITORY });
    assert!(Push::identity(&all_but).says().ends_with(
        "wants resource other than `arn:aws:ecr:eu-west-1:111122223333:repository/app`, \
                 got `arn:aws:ecr:eu-west-1:111122223333:repository/app`"
    ));
}

#[test]
fn an_explicit_deny_names_its_statement() {
    let statements = json!([
        allow("*", "*"),
        { "Sid": "Freeze", "Effect": "Deny", "Action": "ecr:Put*", "Resource": "*" },
    ]);
    let decision = Push::identity(&statements).decide(&Context::new());
    assert_eq!(decision.outcome(), Outcome::ExplicitDeny);
    assert_eq!(
        decision.summary(),
        "denied by statement 1 (Freeze) of push (identity-based policy)"
    );
}

#[test]
fn a_boundary_that_does_not_allow() {
    let mut push = Push::identity(&allow("*", "*"));
    push.boundary = Some(policy("cap", PolicyKind::Boundary, &allow("s3:*", "*")));
    assert_eq!(
        push.says(),
        "the permissions boundary does not allow ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: \
         no statement that allows is about this action"
    );
}

#[test]
fn a_session_policy_that_does_not_allow() {
    let mut push = Push::identity(&allow("*", "*"));
    let narrow = allow("ecr:*", "arn:aws:ecr:*:*:repository/api");
    push.session = Some(policy("session policy", PolicyKind::Session, &narrow));
    assert_eq!(
        push.says(),
        "no session policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: statement 0 of session policy wants \
         resource `arn:aws:ecr:*:*:repository/api`, \
         got `arn:aws:ecr:eu-west-1:111122223333:repository/app`"
    );
}

#[test]
fn an_allow_names_its_statement() {
    assert_eq!(
        Push::identity(&allow("ecr:PutImage", REPOSITORY)).says(),
        "allowed by statement 0 of push (identity-based policy)"
    );
}

#[test]
fn the_root_user_needs_no_policy() {
    let context = Context::new();
    let request = Request {
        caller: Caller::AccountRoot {
            account: "111122223333",
        },
        action: "ecr:PutImage",
        resource: REPOSITORY,
        resource_account: None,
        context: &context,
    };
    assert_eq!(
        explain(&request, &PolicySet::default()).summary(),
        "allowed: the account's root user needs no policy"
    );
}

#[test]
fn a_condition_is_nearer_than_another_action_or_resource() {
    let statements = json!([
        allow("s3:*", "*"),
        allow("ecr:*", "arn:aws:ecr:*:*:repository/api"),
        { "Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*",
          "Condition": { "Bool": { "aws:SecureTransport": "true" } } },
        allow("ecr:BatchGetImage", "*"),
    ]);
    let decision = Push::identity(&statements).decide(&Context::new());
    assert_eq!(decision.nearest().unwrap().index, 2);
}

#[test]
fn among_conditions_who_meets_more_is_nearer() {
    let with = |conditions: Value| json!({ "Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*", "Condition": conditions });
    let statements = json!([
        with(json!({ "StringEquals": { "a": "1" } })),
        with(json!({ "StringEquals": { "b": "1", "c": "1", "d": "1" } })),
        with(json!({ "StringEquals": { "b": "1", "c": "1", "e": "1", "f": "1" } })),
    ]);
    let keys = context(&[("a", "2"), ("b", "1"), ("c", "1")]);
    let decision = Push::identity(&statements).decide(&keys);
    let nearest = decision.nearest().unwrap();
    assert_eq!((nearest.index, nearest.met.len()), (1, 2));
    assert!(
        matches!(&nearest.failure, Some(Failure::Condition { key, got: None, .. }) if key == "d")
    );
}

#[test]
fn the_repositorys_policy_is_nearer_where_only_its_condition_fails() {
    let mut push = Push::identity(&allow("s3:*", "*"));
    let statement = json!({
        "Effect": "Allow", "Action": "ecr:*", "Principal": { "AWS": ROLE },
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "web" } },
    });
    push.repository = Some(policy(
        "the repository's policy",
        PolicyKind::Resource,
        &statement,
    ));
    assert_eq!(
        push.says(),
        "no identity-based policy allows ecr:PutImage on \
         arn:aws:ecr:eu-west-1:111122223333:repository/app: \
         statement 0 of the repository's policy wants \
         StringEquals aws:PrincipalTag/team `web`, got nothing: the request lacks the key"
    );
}

#[test]
fn every_statement_is_reported_with_its_place_and_failure() {
    let statements = json!([
        allow("ecr:*", "arn:aws:ecr:*:*:repository/api"),
        { "Sid": "Two", "Effect": "Allow", "NotAction": "ecr:*", "Resource": "*" },
        { "Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*",
          "Condition": { "StringEquals": { "a": ["1", "2"], "b": "3" } } },
    ]);
    let decision = Push::identity(&statements).decide(&context(&[("b", "4")]));
    let mut lines = decision.to_json();
    for line in lines.as_array_mut().unwrap() {
        without_places(line);
    }
    assert_eq!(
        lines,
        json!([
            { "layer": "identity-based policy", "policy": "push", "statement": 0, "effect": "Allow",
              "applies": false,
              "failed": { "part": "Resource", "wanted": ["arn:aws:ecr:*:*:repository/api"],
                          "got": REPOSITORY, "negated": false } },
            { "layer": "identity-based policy", "policy": "push", "statement": 1, "effect": "Allow",
              "applies": false, "sid": "Two",
              "failed": { "part": "Action", "wanted": ["ecr:*"], "negated": true } },
            { "layer": "identity-based policy", "policy": "push", "statement": 2, "effect": "Allow",
              "applies": false,
              "failed": { "part": "Condition", "operator": "StringEquals", "key": "a",
                          "wanted": ["1", "2"], "got": null },
              "further": [ { "part": "Condition", "operator": "StringEquals", "key": "b",
                             "wanted": ["3"], "got": ["4"] } ] },
        ])
    );
}

/// Takes the places out, each of which must be one.
fn without_places(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(without_places),
        Value::Object(fields) => {
            if let (Some(start), Some(end)) = (fields.remove("start"), fields.remove("end")) {
                assert!(start.as_u64().unwrap() < end.as_u64().unwrap());
            }
            fields.values_mut().for_each(without_places);
        }
        _ => {}
    }
}

#[test]
fn the_place_of_the_failing_part_and_the_conditions_met_are_told() {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*",
        "Resource":"*","Condition":{"StringEquals":{"a":["1","22"],"b":"3"},
        "ForAllValues:StringLike":{"c":"x"}}}}"#;
    let context = context(&[("a", "4"), ("b", "3")]);
    let push = Push {
        identity: vec![Policy::parse("push", PolicyKind::Identity, text).unwrap()],
        ..Push::default()
    };
    let decision = push.decide(&context);
    let report = decision.nearest().unwrap();
    let shown = |span: hallpass_diag::Span| text.get(span.start..span.end).unwrap();
    let Some(Failure::Condition {
        span, value_spans, ..
    }) = &report.failure
    else {
        panic!("{report:?}");
    };
    assert_eq!(shown(*span), r#""a""#);
    let values: Vec<&str> = value_spans.iter().map(|span| shown(*span)).collect();
    assert_eq!(values, [r#""1""#, r#""22""#]);
    let met: Vec<(&str, bool)> = report
        .met
        .iter()
        .map(|condition| (shown(condition.span), condition.got.is_some()))
        .collect();
    assert_eq!(met, [(r#""b""#, true), (r#""c""#, false)]);
    let said: Vec<(&str, Says)> = decision
        .policies()
        .iter()
        .map(|report| (report.policy.as_str(), report.says))
        .collect();
    assert_eq!(said, [("push", Says::Nothing)]);
}

/// What the nearest statement wants.
fn wish(decision: &Decision) -> String {
    assert_eq!(decision.outcome(), Outcome::ImplicitDeny);
    after_wants(&decision.summary()).to_owned()
}

fn after_wants(summary: &str) -> &str {
    summary.split_once(" wants ").unwrap().1
}

#[test]
fn an_allow_without_principal_or_resource_is_about_nobody_and_nothing() {
    let context = Context::new();
    let request = Request {
        caller: Caller::Anonymous,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/key",
        resource_account: Some("111122223333"),
        context: &context,
    };
    let statements = json!([
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key" },
    ]);
    let open = policy("bucket", PolicyKind::Resource, &statements);
    let decision = explain(
        &request,
        &PolicySet {
            resource: Some(&open),
            ..PolicySet::default()
        },
    );
    assert_eq!(decision.outcome(), Outcome::ImplicitDeny);
    assert_eq!(
        decision.summary(),
        "no resource-based policy allows s3:GetObject on arn:aws:s3:::bucket/key: statement 0 of \
         bucket wants principal (none is named), got `anonymous`"
    );
    let user = Request {
        caller: Caller::User {
            arn: "arn:aws:iam::111122223333:user/ana",
        },
        ..request
    };
    for (effect, outcome) in [
        ("Allow", Outcome::ImplicitDeny),
        ("Deny", Outcome::ExplicitDeny),
    ] {
        let statements = json!([{ "Effect": effect, "Action": "s3:*" }]);
        let vague = policy("vague", PolicyKind::Identity, &statements);
        let set = PolicySet {
            identity: vec![&vague],
            ..PolicySet::default()
        };
        assert_eq!(explain(&user, &set).outcome(), outcome, "{effect}");
    }
}
