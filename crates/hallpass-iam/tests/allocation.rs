//! Deciding allocates nothing, whatever the policies hold and the request brings.

#![expect(
    clippy::unwrap_used,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::hint::black_box;

use hallpass_iam::{
    BaseOperator, Caller, Context, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/i.example/id/AB12";
const REPOSITORY: &str = "arn:aws:ecr:us-west-2:111122223333:repository/app";
const SESSION: Caller<'_> = Caller::RoleSession {
    session_arn: "arn:aws:sts::111122223333:assumed-role/builder/ci",
    role_arn: "arn:aws:iam::111122223333:role/team/builder",
};
const USER: Caller<'_> = Caller::User {
    arn: "arn:aws:iam::111122223333:user/ana",
};

fn policy(kind: PolicyKind, statements: &Value) -> Policy {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse("policy", kind, &document.to_string()).unwrap()
}

fn context(keys: &[(&str, &[&str])]) -> Context {
    let mut context = Context::new();
    for (key, values) in keys {
        context.insert(*key, values.iter().copied());
    }
    context
}

fn request<'a>(
    caller: Caller<'a>,
    action: &'a str,
    resource: &'a str,
    context: &'a Context,
) -> Request<'a> {
    Request {
        caller,
        action,
        resource,
        resource_account: Some(ACCOUNT),
        context,
    }
}

fn allocations<T>(work: impl FnOnce() -> T) -> u64 {
    let counted = allocation_counter::measure(|| {
        black_box(work());
    });
    counted.count_total
}

/// The outcome, which is the explanation's as well, after it was seen to cost no allocation.
fn outcome(name: &str, request: &Request<'_>, set: &PolicySet<'_>) -> Outcome {
    let mut outcome = Outcome::ImplicitDeny;
    let count = allocations(|| outcome = decide(request, set));
    assert_eq!(count, 0, "{name}");
    assert_eq!(explain(request, set).outcome(), outcome, "{name}");
    outcome
}

fn of_identity(policy: &Policy) -> PolicySet<'_> {
    PolicySet {
        identity: vec![policy],
        ..PolicySet::default()
    }
}

/// The decision on an `Allow` of one condition, and on a `Deny` of it.
fn conditioned(name: &str, condition: &Value, context: &Context) -> [Outcome; 2] {
    let everything = policy(
        PolicyKind::Identity,
        &json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }),
    );
    let request = request(USER, "ecr:PutImage", REPOSITORY, context);
    ["Allow", "Deny"].map(|effect| {
        let statement = json!({
            "Effect": effect, "Action": "ecr:Put*", "Resource": "*", "Condition": condition,
        });
        let conditioned = policy(PolicyKind::Identity, &statement);
        let mut set = of_identity(&conditioned);
        if effect == "Deny" {
            set.identity.push(&everything);
        }
        outcome(name, &request, &set)
    })
}

/// Else a count of nothing would say nothing.
#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations(|| String::from("one")), 1);
    assert_eq!(allocations(|| "none"), 0);
    let policy = policy(
        PolicyKind::Identity,
        &json!({ "Effect": "Allow", "Action": "a:b", "Resource": "*" }),
    );
    let context = Context::new();
    let request = request(USER, "a:b", "*", &context);
    let set = of_identity(&policy);
    assert!(
        allocations(|| explain(&request, &set)) > 0,
        "an explanation is made of texts"
    );
}

#[test]
fn a_trust_policy_is_asked_without_allocating() {
    let trust = policy(
        PolicyKind::Trust,
        &json!([{
            "Effect": "Allow", "Principal": { "Federated": PROVIDER },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { "i.example/id/AB12:aud": "sts.amazonaws.com" },
                "StringLike": { "i.example/id/AB12:sub": "system:serviceaccount:*:runner-?" },
            },
        }]),
    );
    let set = PolicySet {
        resource: Some(&trust),
        ..PolicySet::default()
    };
    for (subject, expected) in [
        ("system:serviceaccount:actions:runner-1", Outcome::Allow),
        (
            "system:serviceaccount:actions:runner-12",
            Outcome::ImplicitDeny,
        ),
    ] {
        let context = context(&[
            ("i.example/id/AB12:aud", &["sts.amazonaws.com"]),
            ("i.example/id/AB12:sub", &[subject]),
        ]);
        let caller = Caller::Federated { provider: PROVIDER };
        let role = "arn:aws:iam::111122223333:role/builder";
        let request = request(caller, "sts:AssumeRoleWithWebIdentity", role, &context);
        assert_eq!(outcome(subject, &request, &set), expected);
    }
}

#[test]
fn a_push_is_asked_without_allocating_beside_any_number_of_statements() {
    let context = Context::new();
    for others in [
        "s3:Get{}",
        "s3:Get{}*",
        "ecr:Describe{}*",
        "ecr:Put{}?",
        "*:Get{}*",
    ] {
        for count in [10, 100, 1_000] {
            let mut statements: Vec<Value> = (1..count)
                .map(|number| {
                    let action = others.replace("{}", &number.to_string());
                    json!({ "Effect": "Allow", "Action": [action], "Resource": "arn:aws:s3:::b/*" })
                })
                .collect();
            statements.push(json!({
                "Effect": "Allow", "Action": ["ecr:PutImage", "ecr:InitiateLayerUpload"],
                "Resource": "arn:aws:ecr:*:111122223333:repository/app",
            }));
            let policy = policy(PolicyKind::Identity, &json!(statements));
            let set = of_identity(&policy);
            for (action, expected) in [
                ("ecr:PutImage", Outcome::Allow),
                ("ecr:BatchGetImage", Outcome::ImplicitDeny),
            ] {
                let request = request(SESSION, action, REPOSITORY, &context);
                assert_eq!(
                    outcome(others, &request, &set),
                    expected,
                    "{others} {action}"
                );
            }
        }
    }
}

#[test]
fn every_layer_is_asked_without_allocating() {
    let allow = json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" });
    let identity = policy(PolicyKind::Identity, &allow);
    let boundary = policy(PolicyKind::Boundary, &allow);
    let session = policy(PolicyKind::Session, &allow);
    let not_principal = json!([
        {
            "Effect": "Allow", "Principal": { "AWS": [ACCOUNT, "AROAEXAMPLE"] },
            "Action": "ecr:*", "Resource": "*",
        },
        {
            "Effect": "Deny", "NotPrincipal": { "AWS": [
                "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/team/builder",
            ] },
            "Action": "ecr:*", "NotResource": "arn:aws:ecr:*:*:repository/other",
        },
    ]);
    let resource = policy(PolicyKind::Resource, &not_principal);
    let set = PolicySet {
        identity: vec![&identity, &identity],
        resource: Some(&resource),
        boundary: None,
        session: Some(vec![&session]),
        service_control: vec![vec![&identity], vec![&identity, &identity]],
        resource_control: vec![vec![&identity]],
    };
    let bounded = PolicySet {
        boundary: Some(&boundary),
        ..set.clone()
    };
    let context = context(&[("aws:userid", &["AROAEXAMPLE:ci"])]);
    let callers = [
        (SESSION, [Outcome::Allow, Outcome::ExplicitDeny]),
        (USER, [Outcome::ExplicitDeny; 2]),
        (
            Caller::AccountRoot { account: ACCOUNT },
            [Outcome::Allow; 2],
        ),
        (Caller::Anonymous, [Outcome::ExplicitDeny; 2]),
        (
            Caller::Service {
                name: "ec2.amazonaws.com",
            },
            [Outcome::ExplicitDeny; 2],
        ),
        (
            Caller::FederatedUser {
                arn: "arn:aws:sts::111122223333:federated-user/f",
            },
            [Outcome::ExplicitDeny; 2],
        ),
    ];
    for (caller, expected) in callers {
        let request = request(caller, "ecr:PutImage", REPOSITORY, &context);
        let outcomes = [&set, &bounded].map(|set| outcome(caller.name(), &request, set));
        assert_eq!(outcomes, expected, "{caller:?}");
    }
}

#[test]
fn variables_are_filled_without_allocating() {
    let context = context(&[
        ("aws:username", &["ana"]),
        ("aws:PrincipalTag/team", &["*"]),
        ("many", &["a", "b"]),
    ]);
    let cases = [
        ("arn:aws:s3:::b/${aws:username}/*", Outcome::Allow),
        (
            "arn:aws:s3:::${aws:PrincipalTag/home, 'b'}/ana/?",
            Outcome::Allow,
        ),
        ("arn:aws:s3:::b/*${aws:username}*/*", Outcome::Allow),
        (
            "arn:aws:s3:::b/${aws:PrincipalTag/team}/x",
            Outcome::ImplicitDeny,
        ),
        ("arn:aws:s3:::b/${many}/x", Outcome::ImplicitDeny),
        ("arn:aws:s3:::b/${absent}/x", Outcome::ImplicitDeny),
    ];
    for (resource, expected) in cases {
        let statement = json!({
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource,
            "Condition": { "StringLike": { "aws:username": "${aws:username}" } },
        });
        let policy = policy(PolicyKind::Identity, &statement);
        let request = request(USER, "s3:GetObject", "arn:aws:s3:::b/ana/x", &context);
        assert_eq!(
            outcome(resource, &request, &of_identity(&policy)),
            expected,
            "{resource}"
        );
    }
}

#[test]
fn arn_patterns_are_matched_without_allocating() {
    let long = format!("arn:aws:logs:r:1:log-group:{}", "a:b:".repeat(400));
    let (arn, hard) = (
        "arn:aws:logs:us-east-2:111122223333:log-group:g:log-stream:s",
        "arn:aws:logs:r:1:*?é?b:*",
    );
    let cases = [
        ("arn:aws:logs:*:log-stream:s", arn, Outcome::Allow),
        ("arn:aws:logs:us-*:log-group:*:s", arn, Outcome::Allow),
        (
            "arn:aws:logs:us-*-2:log-group:g:log-stream:?",
            arn,
            Outcome::ImplicitDeny,
        ),
        ("arn:*:*:*:*:*:*", arn, Outcome::Allow),
        ("arn:aws:logs", arn, Outcome::Allow),
        ("arn:aws:logs:*:a:c", &long, Outcome::ImplicitDeny),
        (hard, &long, Outcome::ImplicitDeny),
        ("*stream*", arn, Outcome::Allow),
        ("*", "no ARN", Outcome::Allow),
    ];
    let context = Context::new();
    for (pattern, arn, expected) in cases {
        let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": ["b", pattern] });
        let policy = policy(PolicyKind::Identity, &statement);
        let request = request(USER, "logs:GetLogEvents", arn, &context);
        assert_eq!(
            outcome(pattern, &request, &of_identity(&policy)),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn every_operator_compares_without_allocating() {
    use BaseOperator as B;
    let mut outcomes = Vec::new();
    for base in BaseOperator::ALL {
        // A value that is wanted, one that is not, and what is not of the operator's type.
        let values = match base {
            B::ArnEquals | B::ArnLike | B::ArnNotEquals | B::ArnNotLike => [
                "arn:aws:ecr:*:1:repository/?pp",
                "arn:aws:ecr:r:1:repository/app",
                "none",
            ],
            B::BinaryEquals => ["QmluYXJ5", "QmluYXJ5", "Qg=="],
            B::Bool => ["true", "TRUE", "yes"],
            B::Null => ["false", "true", "yes"],
            B::DateEquals
            | B::DateGreaterThan
            | B::DateGreaterThanEquals
            | B::DateLessThan
            | B::DateLessThanEquals
            | B::DateNotEquals => [
                "2024-01",
                "2024-01-01T01:00:00.0+01:00",
                "2024-02-30T99:00Z",
            ],
            B::IpAddress | B::NotIpAddress => ["203.0.113.0/24", "203.0.113.9", "203.0.113.256"],
            B::NumericEquals
            | B::NumericGreaterThan
            | B::NumericGreaterThanEquals
            | B::NumericLessThan
            | B::NumericLessThanEquals
            | B::NumericNotEquals => ["10", "1e1", "1e999"],
            B::StringEquals
            | B::StringEqualsIgnoreCase
            | B::StringLike
            | B::StringNotEquals
            | B::StringNotEqualsIgnoreCase
            | B::StringNotLike => ["a*é?${absent, 'z'}", "abcé.z", "ABCÉ.Z"],
        };
        for qualifier in ["", "ForAnyValue:", "ForAllValues:"] {
            for suffix in ["", "IfExists"] {
                if *base == B::Null && !suffix.is_empty() {
                    continue;
                }
                let operator = format!("{qualifier}{}{suffix}", base.as_str());
                let condition = json!({ operator.as_str(): { "k": [values[0], "2024", "::1"] } });
                for got in [&values[1..2], &values[2..3], &values, &[""], &[]] {
                    outcomes.extend(conditioned(&operator, &condition, &context(&[("K", got)])));
                }
                outcomes.extend(conditioned(&operator, &condition, &Context::new()));
            }
        }
    }
    for outcome in [Outcome::Allow, Outcome::ExplicitDeny, Outcome::ImplicitDeny] {
        let count = outcomes.iter().filter(|found| **found == outcome).count();
        assert!(count > 100, "{outcome:?}: {count}");
    }
}

#[test]
fn hard_patterns_and_long_values_are_compared_without_allocating() {
    for (pattern, value) in [
        ("*?a?é*b", format!("{}é", "a".repeat(30_000))),
        ("*?a?a*b", "a".repeat(100_000)),
        ("*a*b*", "ab".repeat(100_000)),
        ("a", "a".repeat(1_000_000)),
    ] {
        let condition = json!({ "StringLike": { "k": pattern } });
        conditioned(pattern, &condition, &context(&[("k", &[&value, "x"])]));
    }
}
