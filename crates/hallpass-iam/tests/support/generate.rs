//! Worlds of a small alphabet, so that matches, near misses and denials are all frequent; and what the
//! engine says of them.

use hallpass_iam::{
    Caller, Context, Outcome, Policy, PolicyKind, PolicySet, Request, decide, explain,
};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::twin::{OWN, Who, World};

/// What the engine says; its explanation must say the same.
pub fn engine(world: &World) -> Outcome {
    let read = |kind, policy: &Value| Policy::parse("policy", kind, &policy.to_string()).unwrap();
    let list = |kind, policies: &[Value]| -> Vec<Policy> {
        policies.iter().map(|policy| read(kind, policy)).collect()
    };
    let identity = list(PolicyKind::Identity, &world.identity);
    let resource = world
        .resource_policy
        .as_ref()
        .map(|policy| read(PolicyKind::Resource, policy));
    let trust = world
        .trust_policy
        .as_ref()
        .map(|policy| read(PolicyKind::Trust, policy));
    let boundary = world
        .boundary
        .as_ref()
        .map(|policy| read(PolicyKind::Boundary, policy));
    let session = world
        .session
        .as_ref()
        .map(|policies| list(PolicyKind::Session, policies));
    let controls: Vec<Vec<Policy>> = world
        .service_control
        .iter()
        .map(|level| list(PolicyKind::Identity, level))
        .collect();
    let mut context = Context::new();
    for (key, values) in &world.context {
        context.insert(*key, values.iter().copied());
    }
    let request = Request {
        caller: match world.who {
            Who::Anonymous => Caller::Anonymous,
            Who::Federated(provider) => Caller::Federated { provider },
            Who::FederatedUser(arn) => Caller::FederatedUser { arn },
            Who::Root => Caller::AccountRoot { account: OWN },
            Who::Service(name) => Caller::Service { name },
            Who::Session(session_arn, role_arn) => Caller::RoleSession {
                session_arn,
                role_arn,
            },
            Who::User(arn) => Caller::User { arn },
        },
        action: world.action,
        resource: world.resource,
        resource_account: world.owner,
        context: &context,
    };
    let set = PolicySet {
        identity: identity.iter().collect(),
        resource: resource.as_ref().or(trust.as_ref()),
        boundary: boundary.as_ref(),
        session: session.as_ref().map(|policies| policies.iter().collect()),
        service_control: controls
            .iter()
            .map(|level| level.iter().collect())
            .collect(),
        resource_control: Vec::new(),
    };
    let outcome = decide(&request, &set);
    assert_eq!(outcome, explain(&request, &set).outcome());
    outcome
}

/// Any world.
pub fn world() -> impl Strategy<Value = World> {
    let asked = (
        select(CALLERS),
        select(
            &[
                "ecr:PutImage",
                "ECR:putimage",
                "ecr:GetImage",
                "sts:AssumeRole",
            ][..],
        ),
        select(ASKED),
        select(&[Some(OWN), Some(OWN), None, Some("444455556666")][..]),
        context(),
    );
    let policies = (
        vec(policy(Named::NoOne), 0..3),
        weighted(0.6, policy(Named::Callers)),
        any::<bool>(),
        weighted(0.25, policy(Named::NoOne)),
        weighted(0.25, vec(policy(Named::NoOne), 0..3)),
        prop_oneof![4 => Just(Vec::new()), 1 => vec(vec(policy(Named::NoOne), 1..3), 1..3)],
    );
    (asked, policies).prop_map(|(asked, policies)| {
        let (who, action, resource, owner, context) = asked;
        let (identity, of_resource, is_trust, boundary, session, service_control) = policies;
        let (trust_policy, resource_policy) = match of_resource {
            Some(policy) if is_trust => (Some(without_resource(policy)), None),
            other => (None, other),
        };
        let mut world = World {
            who,
            action,
            resource,
            owner,
            context,
            identity,
            resource_policy,
            trust_policy,
            boundary,
            session,
            service_control,
        };
        if !world.has_account() {
            (world.identity, world.boundary, world.session) = (Vec::new(), None, None);
        }
        world
    })
}

fn without_resource(mut policy: Value) -> Value {
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let statement = statement.as_object_mut().unwrap();
        statement.remove("Resource");
        statement.remove("NotResource");
    }
    policy
}

/// Whether statements name principals.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    Callers,
    NoOne,
}

/// Any policy.
pub fn policy(named: Named) -> impl Strategy<Value = Value> {
    let version = select(&["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", ""][..]);
    (version, vec(statement(named), 1..4)).prop_map(|(version, statements)| match version {
        "" => json!({ "Statement": statements }),
        version => json!({ "Version": version, "Statement": statements }),
    })
}

fn statement(named: Named) -> impl Strategy<Value = Value> {
    let effect = prop_oneof![5 => Just("Allow"), 1 => Just("Deny")];
    let is_not = || prop_oneof![4 => Just(false), 1 => Just(true)];
    (
        effect,
        (is_not(), some_of(ACTIONS)),
        (is_not(), some_of(RESOURCES)),
        (is_not(), principal()),
        conditions(),
    )
        .prop_map(move |(effect, action, resource, principal, conditions)| {
            let form = |is_not, name: &str| {
                if is_not {
                    format!("Not{name}")
                } else {
                    name.to_owned()
                }
            };
            let mut statement = json!({
                "Effect": effect,
                form(action.0, "Action"): action.1,
                form(resource.0, "Resource"): resource.1,
                "Condition": conditions,
            });
            if let Named::Callers = named {
                // AWS supports `NotPrincipal` with `Deny` only.
                statement[form(principal.0 && effect == "Deny", "Principal")] = principal.1;
            }
            statement
        })
}

fn some_of(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        select(texts).prop_map(|text| json!(text)),
        subsequence(texts, 1..=2).prop_map(|list| json!(list)),
    ]
}

fn principal() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(json!("*")),
        5 => some_of(AWS).prop_map(|list| json!({ "AWS": list })),
        1 => subsequence(AWS, 3..=6).prop_map(|list| json!({ "AWS": list })),
        1 => some_of(&["ec2.amazonaws.com", "ecs.amazonaws.com"])
            .prop_map(|list| json!({ "Service": list, "AWS": "444455556666" })),
        2 => some_of(&[PROVIDER, NEAR_PROVIDER]).prop_map(|list| json!({ "Federated": list })),
    ]
}

fn conditions() -> impl Strategy<Value = Value> {
    prop_oneof![
        5 => Just(json!({})),
        4 => condition().prop_map(|(operator, key, values)| json!({ operator: { key: values } })),
        1 => (condition(), condition()).prop_map(|(one, other)| {
            let mut both = json!({ one.0: { one.1: one.2 } });
            both[other.0][other.1] = other.2;
            both
        }),
    ]
}

/// An operator with its qualifiers, a key and the values.
pub fn condition() -> impl Strategy<Value = (String, &'static str, Value)> {
    let set = select(&["", "", "", "ForAnyValue:", "ForAllValues:"][..]);
    let suffix = select(&["", "", "IfExists"][..]);
    let family = prop_oneof![
        4 => (select(STRINGS), select(&["k", "K", "l", "aws:PrincipalTag/Team"][..]), some_of(TEXTS)),
        2 => (select(ARN_OPERATORS), Just("aws:PrincipalArn"), some_of(ARN_PATTERNS)),
        2 => (select(NUMERICS), select(&["n", "k"][..]), some_of(NUMBERS)),
        2 => (select(DATES), select(&["d", "n"][..]), some_of(INSTANTS)),
        1 => (Just("Bool"), select(&["b", "k"][..]), some_of(&["true", "False", "x"])),
        2 => (select(&["IpAddress", "NotIpAddress"][..]), select(&["ip", "k"][..]), some_of(NETWORKS)),
    ];
    let null = (
        select(&["k", "n", "l", "d"][..]),
        select(&["true", "false"][..]),
    )
        .prop_map(|(key, value)| ("Null".to_owned(), key, json!(value)));
    let other = (set, family, suffix).prop_map(|(set, (base, key, values), suffix)| {
        (format!("{set}{base}{suffix}"), key, values)
    });
    prop_oneof![1 => null, 12 => other]
}

fn context() -> impl Strategy<Value = std::collections::BTreeMap<&'static str, Vec<&'static str>>> {
    let some = |texts: &'static [&'static str]| weighted(0.7, subsequence(texts, 1));
    let texts = || weighted(0.7, subsequence(GOT, 0..=3));
    let named = (
        texts(),
        texts(),
        some(&["x", "*", "a"]),
        some(&[ROLE, USER, "x"]),
        some(&["AIDAEXAMPLEEXAMPLE01", "AROAEXAMPLEEXAMPLE01:run"]),
    );
    let typed = (
        some(&["1", "1.0", "2.5", "-3", "x"]),
        some(INSTANTS),
        some(&["true", "false", "TRUE", "x"]),
        some(&["10.1.2.3", "10.2.0.1", "2001:db8::1", "2001:db9::1", "x"]),
    );
    (named, typed).prop_map(|((k, l, tag, arn, id), (n, d, b, ip))| {
        let keys = [
            ("k", k),
            ("L", l),
            ("aws:principaltag/team", tag),
            ("aws:PrincipalArn", arn),
            ("aws:userid", id),
            ("n", n),
            ("d", d),
            ("b", b),
            ("ip", ip),
        ];
        keys.into_iter()
            .filter_map(|(key, values)| Some((key, values?)))
            .collect()
    })
}

pub const USER: &str = "arn:aws:iam::111122223333:user/u";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/ci/r";
pub const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/r/run";
pub const FEDERATED_USER: &str = "arn:aws:sts::111122223333:federated-user/f";
pub const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/example.com/id/AB";
const NEAR_PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/example.com/id/ABCD";
const CALLERS: &[Who] = &[
    Who::User(USER),
    Who::User(USER),
    Who::User(USER),
    Who::Session(SESSION, ROLE),
    Who::Session(SESSION, ROLE),
    Who::Session(
        SESSION,
        "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/r",
    ),
    Who::Root,
    Who::Anonymous,
    Who::Federated(PROVIDER),
    Who::FederatedUser(FEDERATED_USER),
    Who::Service("ec2.amazonaws.com"),
];
const AWS: &[&str] = &[
    USER,
    ROLE,
    SESSION,
    FEDERATED_USER,
    "*",
    OWN,
    "arn:aws:iam::111122223333:root",
    "444455556666",
    "arn:aws:sts::111122223333:assumed-role/r/other",
    "AIDAEXAMPLEEXAMPLE01",
    "AROAEXAMPLEEXAMPLE01",
];
const ACTIONS: &[&str] = &[
    "*",
    "ecr:*",
    "ecr:Put*",
    "ecr:PutImage",
    "ECR:GETIMAGE",
    "ecr:?utImage",
    "sts:*",
    "sts:AssumeRol",
];
const ASKED: &[&str] = &[
    "*",
    "arn:aws:ecr:us-west-2:111122223333:repository/a",
    "arn:aws:ecr:us-west-2:111122223333:repository/a",
    "arn:aws:ecr:us-west-2:111122223333:repository/ab:c",
    "arn:aws:ecr:eu-west-1:111122223333:repository/*",
    "arn:aws:logs:us-west-2:111122223333:log-group:a:log-stream:b",
];
const RESOURCES: &[&str] = &[
    "*",
    "*",
    "*",
    "*",
    "*",
    "arn:aws:ecr:*",
    "arn:aws:ecr:us-west-2:111122223333:repository/a",
    "arn:aws:ecr:us-west-2:111122223333:repository/a*",
    "arn:aws:ecr:*:111122223333:repository/?",
    "arn:aws:ecr:*:repository/a",
    "arn:aws:logs:*:log-group:a:log-stream:b",
    "arn:aws:logs:us-*:log-stream:*",
    "arn:aws:logs:*-2:a:*",
    "arn:aws:*:b",
    "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/Team}",
    "arn:aws:ecr:*:*:repository/${aws:principaltag/team, 'a'}*",
    "arn:aws:ecr:*:*:repository/${*}",
    "arn:aws:ecr:*:*:*/${k}",
];
const TEXTS: &[&str] = &[
    "x",
    "X",
    "x*",
    "?y",
    "*",
    "1",
    "",
    "${aws:PrincipalTag/Team}",
    "${k}",
    "${l, 'x'}*",
    "${*}",
    "${$}",
];
const GOT: &[&str] = &["x", "X", "xy", "1", "", "*", "$", "${*}"];
const ARN_PATTERNS: &[&str] = &[
    ROLE,
    USER,
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::*",
    "arn:*:role/*",
    "*",
    "x",
    "arn:aws:iam::111122223333:user/${k}",
];
const NUMBERS: &[&str] = &["1", "1.00", "2.5", "-3", "x"];
const INSTANTS: &[&str] = &[
    "2020-01-01",
    "2020-01-01T00:00:00Z",
    "1577836800",
    "1577836801",
    "2020-01-01T00:00:01Z",
    "2019-12-31T23:30:00-01:00",
    "x",
];
const NETWORKS: &[&str] = &[
    "10.0.0.0/8",
    "10.1.2.3",
    "10.1.9.9/16",
    "0.0.0.0/0",
    "2001:db8::/32",
    "2001:DB8::1",
    "::/0",
    "x",
];
const STRINGS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];
const ARN_OPERATORS: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];
const NUMERICS: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATES: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];
