//! Nobody gives what he does not have.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization" (privilege escalation prevention and
//! bootstrapping).

use std::fmt::Write as _;

use serde_json::Value;

use super::super::access::{Caller, MASTERS};
use super::super::objects::text;
use super::super::request::Target;
use super::super::status::Status;
use super::attributes::{Attributes, What};
use super::authorizer::{self, GROUP, decide};
use super::binding::RoleRef;
use super::rule::{Rule, quoted};
use crate::store::State;

/// Refuses to make or change a role or binding such that somebody would have more than the caller.
pub(in super::super) fn check(
    state: &State,
    caller: &Caller,
    target: &Target,
    object: &Value,
    old: Option<&Value>,
) -> Result<(), Status> {
    if target.group != GROUP || target.subresource.is_some() {
        return Ok(());
    }
    let (verb, role, given) = match target.resource.as_str() {
        "clusterroles" | "roles" => {
            if same(object, old, &["rules", "aggregationRule"]) {
                return Ok(());
            }
            ("escalate", None, rules_given(object))
        }
        "clusterrolebindings" | "rolebindings" => {
            if same(object, old, &["roleRef", "subjects"]) {
                return Ok(());
            }
            let reference = object.get("roleRef").cloned().unwrap_or_default();
            let role: RoleRef = serde_json::from_value(reference).unwrap_or_default();
            // A role that is not there gives nothing as yet, and only who may bind it may do so.
            let rules = authorizer::rules_of(state, &role, &target.namespace);
            ("bind", Some(role), rules)
        }
        _ => return Ok(()),
    };
    if caller.is_of(MASTERS) || may(state, caller, target, verb, role.as_ref(), object) {
        return Ok(());
    }
    let name = text(object, "/metadata/name");
    let given = given.map_err(|said| Status::not_found_role(&said))?;
    match missing(state, caller, &target.namespace, &given) {
        None => Ok(()),
        Some(why) => Err(Status::forbidden(&target.qualified(), name, &why)),
    }
}

/// Whether the caller may give the role whatever it holds.
fn may(
    state: &State,
    caller: &Caller,
    target: &Target,
    verb: &str,
    role: Option<&RoleRef>,
    object: &Value,
) -> bool {
    let (resource, name) = match role {
        None => (target.resource.as_str(), text(object, "/metadata/name")),
        Some(role) if role.kind == "ClusterRole" => ("clusterroles", role.name.as_str()),
        Some(role) => ("roles", role.name.as_str()),
    };
    let wanted = Attributes {
        verb: verb.to_owned(),
        what: What::Resource {
            group: GROUP.to_owned(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: target.namespace.clone(),
            name: name.to_owned(),
        },
    };
    decide(state, caller, &wanted).is_allowed
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one signature for roles and bindings"
)]
fn rules_given(role: &Value) -> Result<Vec<Rule>, String> {
    let mut rules = authorizer::rules_in(&role.to_string());
    // What an aggregated role will hold is anybody's to say who may label roles.
    if role
        .get("aggregationRule")
        .is_some_and(|rule| !rule.is_null())
    {
        let all = || vec!["*".to_owned()];
        rules.push(Rule {
            verbs: all(),
            api_groups: all(),
            resources: all(),
            ..Rule::default()
        });
        rules.push(Rule {
            verbs: all(),
            non_resource_urls: all(),
            ..Rule::default()
        });
    }
    Ok(rules)
}

/// What the caller does not have of `given`, in words; none where the caller has all of it.
fn missing(state: &State, caller: &Caller, namespace: &str, given: &[Rule]) -> Option<String> {
    let (held, unresolved) = authorizer::rules_for(state, caller, namespace);
    let breadth = given
        .iter()
        .fold(0_usize, |sum, rule| sum.saturating_add(rule.breadth()));
    if breadth > MAX_BREADTH {
        return Some(format!(
            "its rules stand for {breadth} permissions, more than the {MAX_BREADTH} that are compared with those of user \"{}\"",
            caller.name
        ));
    }
    let mut lacking: Vec<String> = Vec::new();
    for rule in given {
        let is_held = |simple: &Rule| held.iter().any(|held| held.rule.covers(simple));
        let absent: Vec<Rule> = rule
            .simple()
            .into_iter()
            .filter(|simple| !is_held(simple))
            .collect();
        if absent.len() == rule.breadth() && !absent.is_empty() {
            lacking.push(rule.compact());
        } else {
            lacking.extend(absent.iter().map(Rule::compact));
        }
    }
    if lacking.is_empty() {
        return None;
    }
    lacking.sort();
    lacking.dedup();
    let mut why = format!(
        "user \"{}\" (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        caller.name,
        quoted(&caller.groups),
        lacking.join("\n")
    );
    if !unresolved.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(why, "; resolution errors: [{}]", unresolved.join(", "));
    }
    Some(why)
}

fn same(object: &Value, old: Option<&Value>, fields: &[&str]) -> bool {
    old.is_some_and(|old| {
        fields
            .iter()
            .all(|field| object.get(field) == old.get(field))
    })
}

// The largest role that anybody publishes stands for some thousands.
const MAX_BREADTH: usize = 20_000;
