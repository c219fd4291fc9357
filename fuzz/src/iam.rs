//! The policy language.

use hallpass_diag::{Finding, Severity};
use hallpass_iam::{
    Caller, Context, Document, Effect, Outcome, Policy, PolicyKind, PolicySet, Request, check,
    decide, explain, fill, intruders, validate,
};
use serde::de::IgnoredAny;

use crate::sections::sections;

/// A document: its faults lie inside it, and what parses is JSON.
pub fn iam_document(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(faults) => {
            assert!(!faults.errors().is_empty());
            let _ = faults.to_string();
            for fault in faults.errors() {
                let span = fault.span();
                assert!(
                    text.get(span.start..span.end.min(text.len())).is_some(),
                    "{fault:?}"
                );
            }
            return;
        }
    };
    serde_json::from_str::<IgnoredAny>(text).expect("what parses is JSON");
    for statement in document.statements() {
        let span = statement.span;
        let own = text
            .get(span.start..span.end)
            .expect("a statement lies in its document");
        assert!(own.starts_with('{') && own.ends_with('}'), "{own}");
    }
    // The rules are asked of one kind a text: mutants are many, and of all lengths.
    let checked = PolicyKind::ALL[text.len() % PolicyKind::ALL.len()];
    for kind in PolicyKind::ALL {
        let findings = if kind == checked {
            check(&document, Some(kind))
        } else {
            Vec::new()
        };
        for finding in &findings {
            assert!(!finding.message.is_empty() && !finding.help.is_empty());
            for label in std::iter::once(&finding.primary).chain(&finding.related) {
                let place = text.get(label.span.start..label.span.end);
                assert!(place.is_some(), "{finding:?}");
            }
        }
        if let Err(refusal) = validate(&document, kind) {
            assert!(!refusal.to_string().is_empty());
            let is_told = |finding: &Finding| finding.severity == Severity::Error;
            assert!(
                kind != checked || findings.iter().any(is_told),
                "{kind:?}: {refusal}"
            );
        }
        let _ = Policy::compile("fuzzed", kind, &document);
    }
    intruders_pass(&document);
}

/// A token that is shown as one that passes does pass.
fn intruders_pass(document: &Document) {
    let policy = Policy::compile("fuzzed", PolicyKind::Trust, document);
    for intruder in intruders(document) {
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
        assert_eq!(decide(&request, &policies), Outcome::Allow, "{intruder:?}");
    }
}

/// A request and policies: the explanation agrees with the decision, statement by statement.
///
/// Sections: the request (action, resource, caller, then `key=value` lines), identity policy, resource
/// policy, boundary, session policy, service control policy.
pub fn iam_decide(input: &[u8]) {
    let Some([request, identity, resource, boundary, session, control]) = sections(input) else {
        return;
    };
    let mut lines = request.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (action, named, caller) = (line(), line(), caller(line()));
    let mut context = Context::new();
    for pair in lines {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        context.insert(key, value.split('|'));
    }
    let request = Request {
        caller,
        action,
        resource: named,
        resource_account: named.split(':').nth(4),
        context: &context,
    };
    let policy = |kind, text: &str| Policy::parse("fuzzed", kind, text).ok();
    let identity = policy(PolicyKind::Identity, identity);
    let trust = if action.starts_with("sts:") {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    };
    let resource = policy(trust, resource);
    let boundary = policy(PolicyKind::Boundary, boundary);
    let session = policy(PolicyKind::Session, session);
    let control = policy(PolicyKind::Identity, control);
    let set = PolicySet {
        identity: identity.iter().collect(),
        resource: resource.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref().map(|policy| vec![policy]),
        service_control: control.iter().map(|policy| vec![policy]).collect(),
        resource_control: Vec::new(),
    };
    let outcome = agree(&request, &set);
    let everything = policy(PolicyKind::Identity, DENY_ALL).expect("the text is a policy");
    let mut denied = set.clone();
    denied.identity.push(&everything);
    assert_eq!(agree(&request, &denied), Outcome::ExplicitDeny);
    // The order of policies is irrelevant, and saying a thing twice adds nothing.
    let mut doubled = set.clone();
    doubled.identity.extend(set.identity.iter().rev());
    assert_eq!(agree(&request, &doubled), outcome);
    // A permission taken away is never one gained.
    if outcome != Outcome::Allow {
        let mut less = set;
        less.identity.clear();
        assert_ne!(agree(&request, &less), Outcome::Allow);
    }
}

fn agree(request: &Request<'_>, set: &PolicySet<'_>) -> Outcome {
    let outcome = decide(request, set);
    let decision = explain(request, set);
    assert_eq!(decision.outcome(), outcome);
    let applies = |effect| {
        let reports = decision.statements().iter();
        reports
            .filter(|report| report.effect == effect)
            .any(|report| report.failure.is_none())
    };
    assert_eq!(applies(Effect::Deny), outcome == Outcome::ExplicitDeny);
    let is_root = matches!(request.caller, Caller::AccountRoot { .. });
    if outcome == Outcome::Allow && !is_root {
        assert!(applies(Effect::Allow));
    }
    for report in decision.statements() {
        let _ = report.place();
        let _ = report.failure.as_ref().map(hallpass_iam::Failure::sentence);
    }
    assert!(!decision.summary().is_empty());
    outcome
}

fn caller(line: &str) -> Caller<'_> {
    let (kind, name) = line.split_once(' ').unwrap_or((line, ""));
    match kind {
        "root" => Caller::AccountRoot { account: name },
        "user" => Caller::User { arn: name },
        "federated" => Caller::Federated { provider: name },
        "federated-user" => Caller::FederatedUser { arn: name },
        "service" => Caller::Service { name },
        "role" => {
            let (session_arn, role_arn) = name.split_once(' ').unwrap_or((name, name));
            Caller::RoleSession {
                session_arn,
                role_arn,
            }
        }
        _ => Caller::Anonymous,
    }
}

/// A pattern and a value: the matcher agrees with one that is slow and obvious.
pub fn iam_pattern(input: &[u8]) {
    let Some([pattern, value]) = sections(input) else {
        return;
    };
    // The obvious one is quadratic.
    if pattern.len() > 512 || value.len() > 512 {
        return;
    }
    let (like, action) = (
        pattern_policy(pattern, "StringLike"),
        action_policy(pattern),
    );
    let mut context = Context::new();
    context.insert_one("aws:fuzzed", value);
    let allows = |policy: &Policy, action: &str| {
        let request = Request {
            caller: Caller::User {
                arn: "arn:aws:iam::111122223333:user/fuzzed",
            },
            action,
            resource: "*",
            resource_account: None,
            context: &context,
        };
        let set = PolicySet {
            identity: vec![policy],
            ..PolicySet::default()
        };
        agree(&request, &set) == Outcome::Allow
    };
    assert_eq!(
        allows(&like, "a:b"),
        matches(&wild(pattern), value),
        "{pattern:?} {value:?}"
    );
    let equal = pattern_policy(pattern, "StringEquals");
    assert_eq!(
        allows(&equal, "a:b"),
        pattern == value,
        "{pattern:?} {value:?}"
    );
    let lower = |text: &str| text.to_ascii_lowercase();
    assert_eq!(
        allows(&action, value),
        matches(&wild(&lower(pattern)), &lower(value)),
        "{pattern:?} {value:?}"
    );
}

/// Documents of 2008 have no variables, so that the pattern means what it shows.
fn pattern_policy(pattern: &str, operator: &str) -> Policy {
    policy(&serde_json::json!({
        "Version": "2008-10-17",
        "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": { operator: { "aws:fuzzed": pattern } },
        },
    }))
}

fn action_policy(pattern: &str) -> Policy {
    policy(&serde_json::json!({
        "Version": "2008-10-17",
        "Statement": { "Effect": "Allow", "Action": pattern, "Resource": "*" },
    }))
}

fn policy(document: &serde_json::Value) -> Policy {
    let text = document.to_string();
    Policy::parse("fuzzed", PolicyKind::Identity, &text).expect("the text is a policy")
}

/// A text with variables, `key=value` lines, and a value: the text means what an obvious reader says.
pub fn iam_variables(input: &[u8]) {
    let Some([text, lines, value]) = sections(input) else {
        return;
    };
    if text.len() > 512 || value.len() > 512 {
        return;
    }
    let mut context = Context::new();
    let keys = keys(lines, value);
    for (key, values) in &keys {
        context.insert(key.as_str(), values.iter().copied());
    }
    let parts = substitute(text, &keys);
    let filled = parts.as_ref().map(|parts| {
        let characters = parts.iter().map(|(character, _)| *character);
        characters.collect::<String>()
    });
    assert_eq!(fill(text, &context), filled, "{text:?}");
    let allows = |policy: &Policy, resource: &str| {
        let request = Request {
            caller: Caller::Anonymous,
            action: "a:b",
            resource,
            resource_account: None,
            context: &context,
        };
        let set = PolicySet {
            resource: Some(policy),
            ..PolicySet::default()
        };
        agree(&request, &set) == Outcome::Allow
    };
    let is_equal = filled.as_deref() == Some(value);
    let is_like = parts.as_ref().is_some_and(|parts| matches(parts, value));
    let of_condition = |operator: &str| {
        condition_policy(
            "*",
            &serde_json::json!({ operator: { "aws:fuzzed": text } }),
        )
    };
    assert_eq!(
        allows(&of_condition("StringEquals"), "*"),
        is_equal,
        "{text:?} {value:?}"
    );
    assert_eq!(
        allows(&of_condition("StringLike"), "*"),
        is_like,
        "{text:?} {value:?}"
    );
    // A statement whose text means nothing does not apply, not even negated.
    let is_unlike = parts.is_some() && !is_like;
    assert_eq!(
        allows(&of_condition("StringNotLike"), "*"),
        is_unlike,
        "{text:?} {value:?}"
    );
    let resource = format!("arn:aws:s3:::{value}");
    let pattern = format!("arn:aws:s3:::{text}");
    let of_resource = condition_policy(&pattern, &serde_json::json!({}));
    assert_eq!(
        allows(&of_resource, &resource),
        is_like,
        "{text:?} {value:?}"
    );
}

/// The keys of the lines, each once, and the value under a key of its own.
fn keys<'a>(lines: &'a str, value: &'a str) -> Vec<(String, Vec<&'a str>)> {
    let mut keys: Vec<(String, Vec<&str>)> = Vec::new();
    let pairs = lines.lines().map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.to_ascii_lowercase(), value.split('|').collect())
    });
    for (key, values) in pairs.chain([("aws:fuzzed".to_owned(), vec![value])]) {
        keys.retain(|(known, _)| *known != key);
        keys.push((key, values));
    }
    keys
}

fn condition_policy(resource: &str, condition: &serde_json::Value) -> Policy {
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resource,
            "Condition": condition,
        },
    });
    let text = document.to_string();
    Policy::parse("fuzzed", PolicyKind::Resource, &text).expect("the text is a policy")
}

/// The characters of the text, each variable's value in its place, and whether each is a wildcard;
/// nothing where a variable stands for nothing.
fn substitute(text: &str, keys: &[(String, Vec<&str>)]) -> Option<Vec<(char, bool)>> {
    let Some((before, after)) = text.split_once("${") else {
        return Some(wild(text));
    };
    let mut parts = wild(before);
    let closed = after
        .split_once('}')
        .filter(|(inside, _)| !inside.contains("${"));
    let (inside, rest) = closed.unwrap_or(("", after));
    let rest = match meaning(inside, keys) {
        Meaning::Nothing => return None,
        Meaning::NoVariable => {
            parts.extend(plain("${"));
            after
        }
        Meaning::Text(value) => {
            parts.extend(plain(&value));
            rest
        }
    };
    parts.extend(substitute(rest, keys)?);
    Some(parts)
}

/// What the inside of a `${}` stands for.
enum Meaning {
    Nothing,
    NoVariable,
    Text(String),
}

fn meaning(inside: &str, keys: &[(String, Vec<&str>)]) -> Meaning {
    if ["*", "?", "$"].contains(&inside) {
        return Meaning::Text(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, Meaning::Nothing),
        Some((key, default)) => {
            let opened = default.trim().strip_prefix('\'');
            match opened.and_then(|opened| opened.strip_suffix('\'')) {
                Some(default) => (key, Meaning::Text(default.to_owned())),
                None => return Meaning::NoVariable,
            }
        }
    };
    let key = key.trim().to_ascii_lowercase();
    if key.is_empty() {
        return Meaning::NoVariable;
    }
    match keys.iter().find(|(known, _)| *known == key) {
        None => default,
        Some((_, values)) if values.len() == 1 => Meaning::Text(values[0].to_owned()),
        Some(_) => Meaning::Nothing,
    }
}

/// The characters of a text, `*` and `?` as wildcards.
fn wild(text: &str) -> Vec<(char, bool)> {
    let characters = text.chars();
    characters
        .map(|found| (found, "*?".contains(found)))
        .collect()
}

/// The characters of a text, none of them a wildcard.
fn plain(text: &str) -> Vec<(char, bool)> {
    text.chars().map(|found| (found, false)).collect()
}

/// `*` is any run of characters, `?` any one.
fn matches(pattern: &[(char, bool)], value: &str) -> bool {
    let value: Vec<char> = value.chars().collect();
    // Whether what has been read of the pattern matches the first characters of the value, by count.
    let mut reached = vec![false; value.len() + 1];
    reached[0] = true;
    for part in pattern {
        let mut next = vec![false; value.len() + 1];
        for at in 0..=value.len() {
            next[at] = match part {
                ('*', true) => reached[at] || (at > 0 && next[at - 1]),
                ('?', true) => at > 0 && reached[at - 1],
                (other, _) => at > 0 && reached[at - 1] && value[at - 1] == *other,
            };
        }
        reached = next;
    }
    reached[value.len()]
}

const DENY_ALL: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
