//! A universe so small that it can be enumerated: policies about it, and every request of it.

use hallpass_iam::{Caller, Context, Outcome, Policy, PolicySet, Request, decide};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// An identity policy of these statements.
pub fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A request of the small universe.
pub type Asked = (
    &'static str,
    &'static str,
    Vec<(&'static str, Vec<&'static str>)>,
);

pub fn asked() -> Vec<Asked> {
    let sets: &[&[&str]] = &[&["x"], &["y"], &["xy"], &["z"]];
    let pairs: &[&[&str]] = &[
        &["x"],
        &["y"],
        &["x", "y"],
        &["x", "z"],
        &["z"],
        &["y", "z"],
    ];
    let mut all = Vec::new();
    for action in ["e:P", "e:G", "e:GP", "s:P", "e:PG"] {
        for resource in [
            "*",
            "arn:aws:e:r:1:a",
            "arn:aws:e:r:1:ab",
            "arn:aws:e:r:1:x",
            "arn:aws:e:r:2:a",
        ] {
            for k in std::iter::once(None).chain(sets.iter().map(Some)) {
                for m in std::iter::once(None).chain(pairs.iter().map(Some)) {
                    for n in [None, Some("0"), Some("1"), Some("2"), Some("5")] {
                        for ip in [None, Some("10.1.2.3"), Some("10.2.0.1"), Some("11.0.0.1")] {
                            let mut context = Vec::new();
                            context.extend(k.map(|values| ("k", values.to_vec())));
                            context.extend(m.map(|values| ("m", values.to_vec())));
                            context.extend(n.map(|value| ("n", vec![value])));
                            context.extend(ip.map(|value| ("ip", vec![value])));
                            all.push((action, resource, context));
                        }
                    }
                }
            }
        }
    }
    all
}

pub fn says(policy: &Policy, asked: &Asked) -> Outcome {
    let mut context = Context::new();
    for (key, values) in &asked.2 {
        context.insert(*key, values.iter().copied());
    }
    let request = Request {
        caller: Caller::User {
            arn: "arn:aws:iam::111122223333:user/u",
        },
        action: asked.0,
        resource: asked.1,
        resource_account: None,
        context: &context,
    };
    decide(
        &request,
        &PolicySet {
            identity: vec![policy],
            ..PolicySet::default()
        },
    )
}

pub fn any_policy() -> impl Strategy<Value = Value> {
    vec(statement(), 1..4).prop_map(|statements| policy(&json!(statements)))
}

pub fn statement() -> impl Strategy<Value = Value> {
    let negated = || prop_oneof![5 => Just(""), 1 => Just("Not")];
    let actions = &[
        "*", "e:*", "e:P*", "e:*P", "e:G", "E:g", "e:P", "e:?P", "s:*", "*P",
    ][..];
    let resources = &[
        "*",
        "*",
        "arn:aws:e:*",
        "arn:aws:e:r:1:a",
        "arn:aws:e:r:1:a*",
        "arn:aws:e:*:1:?",
        "arn:aws:e:r:*:*b",
        "arn:aws:e:*:*:${k}",
        "arn:aws:e:r:1:${k, 'a'}*",
    ][..];
    (
        prop_oneof![3 => Just("Allow"), 1 => Just("Deny")],
        (negated(), subsequence(actions, 1..=2)),
        (negated(), subsequence(resources, 1..=2)),
        vec(condition(), 0..3),
    )
        .prop_map(|(effect, action, resource, conditions)| {
            let mut statement = json!({ "Effect": effect });
            statement[format!("{}Action", action.0)] = json!(action.1);
            statement[format!("{}Resource", resource.0)] = json!(resource.1);
            for (operator, key, values) in conditions {
                statement["Condition"][operator][key] = json!(values);
            }
            statement
        })
}

pub fn condition() -> impl Strategy<Value = (String, &'static str, Vec<&'static str>)> {
    let texts = &["x", "X", "x*", "*y", "?", "z", "*", "${k}"][..];
    let strings = &[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringLikeIfExists",
        "StringNotEqualsIgnoreCase",
    ][..];
    let sets = &["ForAnyValue:", "ForAllValues:"][..];
    prop_oneof![
        3 => (select(strings), subsequence(texts, 1..=2)).prop_map(|(it, values)| (it.to_owned(), "k", values)),
        2 => (select(sets), select(strings), subsequence(texts, 1..=2))
            .prop_map(|(set, it, values)| (format!("{set}{it}"), "m", values)),
        2 => (
            select(&["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals",
                "NumericLessThanIfExists"][..]),
            subsequence(&["1", "2", "5"][..], 1..=2),
        ).prop_map(|(it, values)| (it.to_owned(), "n", values)),
        1 => (
            select(&["IpAddress", "NotIpAddress", "IpAddressIfExists"][..]),
            subsequence(&["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3"][..], 1..=2),
        ).prop_map(|(it, values)| (it.to_owned(), "ip", values)),
        1 => (select(&["k", "m", "n"][..]), select(&["true", "false"][..]))
            .prop_map(|(key, value)| ("Null".to_owned(), key, vec![value])),
    ]
}
