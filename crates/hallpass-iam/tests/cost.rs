//! Hostile patterns, values and documents cost a bounded time.
//!
//! The bounds are generous, for a slow machine and an unoptimised build; what they rule out takes minutes
//! or does not end.

#![expect(
    clippy::unwrap_used,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hallpass_iam::{
    Caller, Context, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};
use serde_json::{Value, json};

fn policy(statements: &Value) -> Policy {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse("policy", PolicyKind::Identity, &document.to_string()).unwrap()
}

fn ask(policy: &Policy, action: &str, resource: &str, context: &Context) -> Outcome {
    let request = Request {
        caller: Caller::User {
            arn: "arn:aws:iam::111122223333:user/u",
        },
        action,
        resource,
        resource_account: None,
        context,
    };
    let set = PolicySet {
        identity: vec![policy],
        ..PolicySet::default()
    };
    let outcome = decide(&request, &set);
    assert_eq!(explain(&request, &set).outcome(), outcome);
    outcome
}

fn takes_at_most(seconds: u64, what: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(seconds), "{what}: {taken:?}");
}

#[test]
fn stars_do_not_multiply() {
    let long = "a".repeat(20_000);
    for pattern in ["*a*a*a*b", "*a?a*a?a*b", "*?*?*?*b", "a*aa*aaa*aaaa*b"] {
        let mut context = Context::new();
        context.insert_one("k", long.as_str());
        let condition = json!({ "StringLike": { "k": pattern } });
        for statement in [
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }),
            json!({ "Effect": "Allow", "Action": pattern, "Resource": "*" }),
            json!({ "Effect": "Allow", "Action": "*", "Resource": pattern }),
            json!({ "Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::{pattern}") }),
        ] {
            let policy = policy(&json!([statement]));
            takes_at_most(10, pattern, || {
                for resource in [long.as_str(), &format!("arn:aws:s3:::{long}")] {
                    assert_eq!(
                        ask(&policy, &long, resource, &context),
                        Outcome::ImplicitDeny
                    );
                }
            });
        }
    }
}

#[test]
fn stars_that_cross_colons_do_not_multiply() {
    let arn = format!("arn:aws:{}", "a:".repeat(1_000));
    let resources = [
        "arn*:*:*:*:*:b",
        "arn:aws*:a*:a*:a*:*a?a:*b",
        "arn:aws:*:*:*:*:*:*:*b",
    ];
    for resource in resources {
        let policy = policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": resource }]));
        takes_at_most(10, resource, || {
            assert_eq!(
                ask(&policy, "a:b", &arn, &Context::new()),
                Outcome::ImplicitDeny
            );
        });
    }
}

#[test]
fn a_star_crosses_as_many_colons_as_an_arn_can_hold() {
    let statement =
        json!([{ "Effect": "Deny", "Action": "*", "Resource": "arn:aws:logs:*:*:secret" }]);
    let policy = policy(&statement);
    for colons in [3, 4, 10, 62, 63, 64, 65, 1_000] {
        let arn = format!("arn:aws:logs{}secret", ":".repeat(colons));
        assert_eq!(
            ask(&policy, "a:b", &arn, &Context::new()),
            Outcome::ExplicitDeny,
            "{colons}"
        );
    }
}

#[test]
fn thousands_of_statements_are_read_and_asked_in_time() {
    let mut statements = String::new();
    for number in 0..5_000 {
        write!(
            statements,
            r#"{{"Effect":"Allow","Action":["s3:A{number}","s3:B{number}*"],"Resource":"arn:aws:s3:::b{number}/*"}},"#
        )
        .unwrap();
    }
    statements.pop();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    takes_at_most(20, "5,000 statements", || {
        let policy = Policy::parse("policy", PolicyKind::Identity, &text).unwrap();
        let ask = |action, resource| ask(&policy, action, resource, &Context::new());
        assert_eq!(ask("s3:a4999", "arn:aws:s3:::b4999/k"), Outcome::Allow);
        assert_eq!(
            ask("s3:a4999", "arn:aws:s3:::b4998/k"),
            Outcome::ImplicitDeny
        );
    });
}
