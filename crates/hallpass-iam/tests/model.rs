//! The engine beside a naive second one, written from the IAM User Guide ("Policy evaluation logic",
//! "Condition operators", "Conditions with multiple context keys or values"), and the laws that both
//! must keep. The twin reads the JSON as it stands, matches by plain recursion and has no index.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "a failed step is the test's failure"
)]

use hallpass_iam::{
    Caller, Context, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};
use proptest::prelude::*;
use serde_json::{Value, json};

// The twin.

/// What is asked, as plain data.
#[derive(Clone, Debug)]
struct Asked {
    action: &'static str,
    resource: &'static str,
    context: Vec<(&'static str, Vec<&'static str>)>,
}

fn is_match(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => is_match(rest, text),
        (Some(('*', rest)), Some((_, tail))) => is_match(rest, text) || is_match(pattern, tail),
        (Some(('?', rest)), Some((_, tail))) => is_match(rest, tail),
        (Some((wanted, rest)), Some((found, tail))) => wanted == found && is_match(rest, tail),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    is_match(&pattern, &text)
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn compares(base: &str, wanted: &[&str], got: &str) -> bool {
    match base {
        "StringEquals" => wanted.contains(&got),
        "StringNotEquals" => !wanted.contains(&got),
        "StringLike" => wanted.iter().any(|pattern| like(pattern, got)),
        "StringNotLike" => !wanted.iter().any(|pattern| like(pattern, got)),
        "StringEqualsIgnoreCase" => wanted.iter().any(|text| text.eq_ignore_ascii_case(got)),
        other => panic!("the generator makes no {other}"),
    }
}

fn is_met(operator: &str, key: &str, wanted: &[&str], asked: &Asked) -> bool {
    let got = asked
        .context
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, values)| values);
    if operator == "Null" {
        return (got.is_none_or(Vec::is_empty)) == (wanted == ["true"]);
    }
    let (set, operator) = operator
        .split_once(':')
        .map_or(("", operator), |(set, rest)| (set, rest));
    let (base, if_exists) = operator
        .strip_suffix("IfExists")
        .map_or((operator, false), |base| (base, true));
    let Some(got) = got.filter(|values| !values.is_empty()) else {
        // "ForAllValues returns true if there are no context keys in the request"; a negated operator
        // matches an absent key; IfExists "evaluates the condition element as true".
        return match set {
            "ForAllValues" => true,
            "ForAnyValue" => if_exists,
            _ => if_exists || base.contains("Not"),
        };
    };
    match set {
        "ForAllValues" => got.iter().all(|value| compares(base, wanted, value)),
        // Without a set operator, the negated operator is the negation of the other one.
        "" if base.contains("Not") => got.iter().all(|value| compares(base, wanted, value)),
        _ => got.iter().any(|value| compares(base, wanted, value)),
    }
}

fn applies(statement: &Value, asked: &Asked) -> bool {
    let action = |list: &Value| {
        texts(list)
            .iter()
            .any(|pattern| like(&pattern.to_lowercase(), &asked.action.to_lowercase()))
    };
    let resource = |list: &Value| {
        texts(list)
            .iter()
            .any(|pattern| like(pattern, asked.resource))
    };
    let is_named = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => action(list),
        (None, Some(list)) => !action(list),
        (None, None) => false,
    };
    let is_about = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => resource(list),
        (None, Some(list)) => !resource(list),
        (None, None) => false,
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    is_named
        && is_about
        && conditions.into_iter().flatten().all(|(operator, keys)| {
            keys.as_object()
                .into_iter()
                .flatten()
                .all(|(key, wanted)| is_met(operator, key, &texts(wanted), asked))
        })
}

fn says(policies: &[Value], effect: &str, asked: &Asked) -> bool {
    policies
        .iter()
        .filter_map(|policy| policy.get("Statement")?.as_array())
        .flatten()
        .any(|statement| statement["Effect"] == effect && applies(statement, asked))
}

fn twin(
    own: &[Value],
    boundary: Option<&Value>,
    session: Option<&Value>,
    asked: &Asked,
) -> Outcome {
    let caps: Vec<Value> = boundary.into_iter().chain(session).cloned().collect();
    if says(own, "Deny", asked) || says(&caps, "Deny", asked) {
        return Outcome::ExplicitDeny;
    }
    let is_capped = caps
        .iter()
        .any(|cap| !says(std::slice::from_ref(cap), "Allow", asked));
    if says(own, "Allow", asked) && !is_capped {
        Outcome::Allow
    } else {
        Outcome::ImplicitDeny
    }
}

// The engine, asked the same.

fn engine(
    own: &[Value],
    boundary: Option<&Value>,
    session: Option<&Value>,
    asked: &Asked,
) -> Outcome {
    let compile =
        |policy: &Value, kind| Policy::parse("policy", kind, &policy.to_string()).unwrap();
    let own: Vec<Policy> = own
        .iter()
        .map(|policy| compile(policy, PolicyKind::Identity))
        .collect();
    let boundary = boundary.map(|policy| compile(policy, PolicyKind::Boundary));
    let session = session.map(|policy| compile(policy, PolicyKind::Session));
    let mut context = Context::new();
    for (key, values) in &asked.context {
        context.insert(*key, values.iter().copied());
    }
    let request = Request {
        caller: Caller::User {
            arn: "arn:aws:iam::111122223333:user/u",
        },
        action: asked.action,
        resource: asked.resource,
        resource_account: Some("111122223333"),
        context: &context,
    };
    let set = PolicySet {
        identity: own.iter().collect(),
        boundary: boundary.as_ref(),
        session: session.as_ref().map(|policy| vec![policy]),
        ..PolicySet::default()
    };
    let outcome = decide(&request, &set);
    assert_eq!(outcome, explain(&request, &set).outcome());
    outcome
}

// What is generated: small alphabets, so that matches and near misses are frequent.

fn some_of(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        proptest::sample::select(texts).prop_map(|text| json!(text)),
        proptest::sample::subsequence(texts, 1..=2).prop_map(|list| json!(list)),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let operator = proptest::sample::select(OPERATORS);
    let string = (operator, proptest::sample::select(KEYS), some_of(VALUES))
        .prop_map(|(operator, key, values)| json!({ operator: { key: values } }));
    let null = (
        proptest::sample::select(KEYS),
        proptest::sample::select(&["true", "false"][..]),
    )
        .prop_map(|(key, value)| json!({ "Null": { key: value } }));
    prop_oneof![3 => Just(json!({})), 6 => string, 1 => null]
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    (effect, any::<[bool; 2]>(), some_of(ACTIONS), some_of(RESOURCES), condition()).prop_map(
        |(effect, [not_action, not_resource], actions, resources, conditions)| {
            let action = if not_action && effect == "Deny" { "NotAction" } else { "Action" };
            let resource = if not_resource { "NotResource" } else { "Resource" };
            json!({ "Effect": effect, action: actions, resource: resources, "Condition": conditions })
        },
    )
}

fn policy() -> impl Strategy<Value = Value> {
    proptest::collection::vec(statement(), 1..4)
        .prop_map(|statements| json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn asked() -> impl Strategy<Value = Asked> {
    let values = proptest::sample::subsequence(GOT, 0..=3);
    (
        proptest::sample::select(
            &[
                "ecr:PutImage",
                "ECR:putimage",
                "ecr:GetImage",
                "sts:GetSessionToken",
            ][..],
        ),
        proptest::sample::select(RESOURCES_ASKED),
        proptest::option::of(values.clone()),
        proptest::option::of(values),
    )
        .prop_map(|(action, resource, one, other)| Asked {
            action,
            resource,
            context: one
                .map(|values| ("k", values))
                .into_iter()
                .chain(other.map(|values| ("l", values)))
                .collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_engine_and_its_twin_agree(
        own in proptest::collection::vec(policy(), 1..3),
        boundary in proptest::option::weighted(0.3, policy()),
        session in proptest::option::weighted(0.3, policy()),
        asked in asked(),
    ) {
        let (boundary, session) = (boundary.as_ref(), session.as_ref());
        prop_assert_eq!(
            engine(&own, boundary, session, &asked),
            twin(&own, boundary, session, &asked)
        );
    }

    #[test]
    fn the_order_of_statements_and_policies_is_irrelevant(
        own in proptest::collection::vec(policy(), 1..4),
        asked in asked(),
    ) {
        let mut turned = own.clone();
        turned.reverse();
        for policy in &mut turned {
            policy["Statement"].as_array_mut().unwrap().reverse();
        }
        prop_assert_eq!(engine(&own, None, None, &asked), engine(&turned, None, None, &asked));
    }

    #[test]
    fn what_narrows_never_widens(
        own in proptest::collection::vec(policy(), 1..3),
        more in policy(),
        condition in condition(),
        asked in asked(),
    ) {
        let before = engine(&own, None, None, &asked);
        if before == Outcome::Allow {
            return Ok(());
        }
        prop_assert_ne!(engine(&own, Some(&more), None, &asked), Outcome::Allow, "a boundary");
        prop_assert_ne!(engine(&own, None, Some(&more), &asked), Outcome::Allow, "a session policy");
        let mut denied = own.clone();
        denied.push(json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition },
        ]}));
        prop_assert_ne!(engine(&denied, None, None, &asked), Outcome::Allow, "a deny");
    }

    #[test]
    fn an_explicit_deny_overrides_every_allow(
        own in proptest::collection::vec(policy(), 0..3),
        asked in asked(),
    ) {
        let mut all = own;
        all.push(json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": asked.action, "Resource": "*" },
        ]}));
        prop_assert_eq!(engine(&all, None, None, &asked), Outcome::ExplicitDeny);
    }
}

const ACTIONS: &[&str] = &[
    "ecr:PutImage",
    "ecr:Put*",
    "ecr:*",
    "*",
    "ECR:GETIMAGE",
    "ecr:?utImage",
    "sts:*",
];
const RESOURCES: &[&str] = &[
    "arn:aws:ecr:us-west-2:111122223333:repository/a",
    "arn:aws:ecr:us-west-2:111122223333:repository/a*",
    "arn:aws:ecr:*:111122223333:repository/?b",
    "*",
];
const RESOURCES_ASKED: &[&str] = &[
    "arn:aws:ecr:us-west-2:111122223333:repository/a",
    "arn:aws:ecr:us-west-2:111122223333:repository/ab",
    "arn:aws:ecr:eu-west-1:111122223333:repository/bb",
];
const KEYS: &[&str] = &["k", "l"];
const VALUES: &[&str] = &["x", "X", "x*", "?y", "1", "2"];
const GOT: &[&str] = &["x", "X", "xy", "1", "1.5", "*"];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringLike",
    "ForAnyValue:StringNotEquals",
    "ForAllValues:StringLikeIfExists",
];
