//! Hostile patterns, values and documents cost a bounded time.
//!
//! The bounds are generous, for a slow machine and an unoptimised build; what they rule out takes minutes
//! or does not end.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::use_debug,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hallpass_iam::{
    Caller, Context, Document, MAX_DOCUMENT_BYTES, Outcome, Policy, PolicyError, PolicyKind,
    PolicySet, Request, decide, explain,
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
    println!("{what}: {taken:?}");
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

/// What is tried at its full size in a release, and smaller where nothing is optimised.
const SCALE: usize = if cfg!(debug_assertions) { 5 } else { 1 };

/// A pattern of twenty thousand characters against a value of as many, with no plain text to leap to.
#[test]
fn question_marks_between_stars_do_not_multiply() {
    let long = "a".repeat(20_000 / SCALE);
    let mixed = "aé".repeat(6_800 / SCALE);
    let half = "?a".repeat(5_000 / SCALE);
    let patterns = [
        format!("*{half}b*"),
        format!("*?{}b*", "a".repeat(10_000 / SCALE)),
        format!("*{}*b", "?a?*".repeat(5_000 / SCALE)),
        format!("*{}é?b*", "?é".repeat(5_000 / SCALE)),
        format!("{}*{half}b", "*?a".repeat(3_000 / SCALE)),
    ];
    for (number, pattern) in patterns.iter().enumerate() {
        for value in [&long, &mixed] {
            let mut context = Context::new();
            context.insert_one("k", value.as_str());
            let arn = format!("arn:aws:s3:::{value}");
            let condition = json!({ "StringLike": { "k": pattern } });
            for statement in [
                json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }),
                json!({ "Effect": "Allow", "Action": pattern, "Resource": "*" }),
                json!({ "Effect": "Allow", "Action": "*", "Resource": format!("arn:aws:s3:::{pattern}") }),
            ] {
                let policy = policy(&json!([statement]));
                takes_at_most(10, &format!("pattern {number}"), || {
                    let outcome = ask(&policy, value, &arn, &context);
                    assert_eq!(outcome, Outcome::ImplicitDeny);
                });
            }
        }
    }
}

/// Beyond any value that AWS takes such a pattern is not sought: the statement is decided towards denial.
#[test]
fn what_is_too_long_to_be_searched_is_decided_towards_denial() {
    let hard = "*a?b*";
    for (length, allowed, denied) in [
        (20_000, Outcome::Allow, Outcome::Allow),
        (21_000, Outcome::ImplicitDeny, Outcome::ExplicitDeny),
    ] {
        // The first matches the pattern, the second does not.
        let (like, unlike) = (
            format!("{}a-b", "é-".repeat(length / 3 - 1)),
            "-".repeat(length),
        );
        let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        for (part, value, other) in [("Action", &like, &unlike), ("Resource", &like, &unlike)] {
            let with = |effect: &str, pattern: &str| {
                let mut statement = everything.clone();
                statement["Effect"] = json!(effect);
                statement[part] = json!(pattern);
                statement
            };
            let asked = |policy: &Policy, text: &str| match part {
                "Action" => ask(policy, text, "r", &Context::new()),
                _ => ask(policy, "a:b", text, &Context::new()),
            };
            let allows = policy(&json!([with("Allow", hard)]));
            assert_eq!(asked(&allows, value), allowed, "{part} {length}");
            let denies = policy(&json!([everything, with("Deny", hard)]));
            assert_eq!(asked(&denies, other), denied, "{part} {length}");
        }
        let mut context = Context::new();
        context.insert("k", [like, unlike]);
        for (operator, effect, expected) in [
            ("StringLike", "Allow", allowed),
            ("ForAllValues:StringNotLike", "Deny", denied),
        ] {
            let statement = json!({
                "Effect": effect, "Action": "*", "Resource": "*",
                "Condition": { operator: { "k": hard } },
            });
            let policy = policy(&json!([everything_if(effect), statement]));
            assert_eq!(
                ask(&policy, "a:b", "*", &context),
                expected,
                "{operator} {length}"
            );
        }
    }
}

/// A statement for a `Deny` to strike; one that is about something else beside an `Allow`.
fn everything_if(effect: &str) -> Value {
    let action = if effect == "Deny" {
        "*"
    } else {
        "other:action"
    };
    json!({ "Effect": "Allow", "Action": action, "Resource": "*" })
}

#[test]
fn hostile_documents_are_read_or_refused_in_time() {
    let mut context = Context::new();
    context.insert("k", (0..100 / SCALE).map(|n| format!("w{n}")));
    let long = "a".repeat(200_000);
    for (name, text) in hostile() {
        let parsed = || Policy::parse(name, PolicyKind::Identity, &text);
        takes_at_most(10, name, || match parsed() {
            Ok(policy) => {
                for resource in [
                    "arn:aws:s3:::b",
                    &format!("arn:aws:s3:::{long}"),
                    &"a:".repeat(1_000),
                ] {
                    let _ = ask(&policy, &long, resource, &context);
                }
            }
            Err(faults) => {
                assert!(!faults.to_string().is_empty());
                for fault in faults.errors() {
                    let span = fault.span();
                    assert!(text.get(span.start..span.end).is_some(), "{fault:?}");
                }
            }
        });
    }
}

/// Documents that mean ill, by what they do.
fn hostile() -> Vec<(&'static str, String)> {
    let condition = |operator: &str, value: &Value| {
        let condition = json!({ operator: { "k": value } });
        statement("Condition", &condition)
    };
    let number = |digits: &str| {
        condition("NumericEquals", &json!(0)).replace(":0}", &format!(":{digits}}}"))
    };
    let stars = json!("a*".repeat(500_000));
    let openings = json!("${".repeat(500_000));
    let list = |prefix: &str| {
        json!(
            (0..90_000 / SCALE)
                .map(|n| format!("{prefix}{n}"))
                .collect::<Vec<_>>()
        )
    };
    vec![
        ("stars in an action", statement("Action", &stars)),
        ("stars in a resource", statement("Resource", &stars)),
        (
            "stars in segments",
            statement("Resource", &json!("arn:*:".repeat(150_000))),
        ),
        ("stars in a condition", condition("StringLike", &stars)),
        ("openings in a resource", statement("Resource", &openings)),
        (
            "openings in a condition",
            condition("StringEquals", &openings),
        ),
        (
            "variables in a resource",
            statement("Resource", &json!("${k}".repeat(200_000))),
        ),
        ("a number of digits", number(&"9".repeat(1_000_000))),
        ("a large exponent", number("1e999999999999999999999999")),
        ("many values", condition("StringEquals", &list("v"))),
        ("many patterns", condition("StringLike", &list("*v"))),
        ("ten million bytes", " ".repeat(10_000_000)),
        ("deep lists", "[".repeat(10_000)),
        ("deep objects", r#"{"a":"#.repeat(10_000)),
        ("many members", members(100_000, "last")),
        ("a member twice", members(60_000, "59999")),
        ("faults", format!("[{}0]", "0,".repeat(500_000))),
        ("a text without end", format!("\"{}", "a".repeat(1_000_000))),
        ("escapes", format!("\"{}\"", "\\u0061".repeat(150_000))),
    ]
}

fn statement(element: &str, value: &Value) -> String {
    let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let elements = statement.as_object_mut().unwrap();
    elements.insert(element.to_owned(), value.clone());
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn members(count: usize, last: &str) -> String {
    let mut text = "{".to_owned();
    for number in 0..count {
        write!(text, r#""{number}":0,"#).unwrap();
    }
    text + &format!(r#""{last}":0}}"#)
}

#[test]
fn a_hostile_documents_fault_is_where_it_stands() {
    let first = |text: &str| {
        let faults = Document::parse(text).unwrap_err();
        faults.errors().first().unwrap().clone()
    };
    assert!(matches!(
        first(&" ".repeat(MAX_DOCUMENT_BYTES + 1)),
        PolicyError::TooLarge { .. }
    ));
    for opening in ["[", r#"{"a":"#] {
        let fault = first(&opening.repeat(10_000));
        let start = 64 * opening.len();
        assert!(
            matches!(fault, PolicyError::TooDeep { span, .. } if span.start == start),
            "{fault:?}"
        );
    }
    for count in [2, 15, 16, 17, 60_000] {
        for name in ["0".to_owned(), (count - 1).to_string()] {
            let twice = members(count, &name);
            let fault = first(&twice);
            let end = format!(r#""{name}":0}}"#);
            assert!(
                matches!(&fault, PolicyError::DuplicateElement { name: found, span }
                    if *found == name && twice.get(span.start..) == Some(&end)),
                "{fault:?}"
            );
        }
    }
}

#[test]
fn a_giant_context_is_asked_in_time() {
    let mut context = Context::new();
    takes_at_most(10, "making the context", || {
        for number in 0..100_000 {
            context.insert_one(format!("aws:RequestTag/{number}"), "v");
        }
        context.insert("aws:TagKeys", (0..100_000).map(|number| number.to_string()));
        context.insert_one("long", "a".repeat(10_000_000));
    });
    let condition = json!({
        "ForAllValues:StringLike": { "aws:TagKeys": ["x*", "1*", "*"] },
        "ForAnyValue:StringEquals": { "aws:TagKeys": "99999" },
        "StringLike": { "long": ["*b*", "*a*a*a*"] },
        "StringEquals": { "aws:RequestTag/99999": "v" },
    });
    let statement =
        json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let policy = policy(&json!([statement]));
    takes_at_most(10, "a giant context", || {
        assert_eq!(ask(&policy, "a:b", "*", &context), Outcome::Allow);
    });
}
