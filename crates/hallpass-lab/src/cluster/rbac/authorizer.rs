//! The decision, and what it rests on.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::access::{Caller, MASTERS};
use super::super::objects;
use super::super::status::Status;
use super::attributes::Attributes;
use super::binding::{Binding, RoleRef};
use super::rule::Rule;
use crate::aws::eks::policy_roles;
use crate::events::DecisionRecord;
use crate::store::State;

/// Whether somebody may, and why.
#[derive(Debug)]
pub(in super::super) struct Ruling {
    /// Whether.
    pub(in super::super) is_allowed: bool,
    /// Why, in the API server's words; a refusal has none unless a role is missing.
    pub(in super::super) reason: String,
    /// The rule that allows it.
    rule: Option<Rule>,
}

/// A rule that a caller has, and the words for where it comes from.
#[derive(Debug)]
pub(in super::super) struct Held {
    pub(in super::super) rule: Rule,
    source: String,
}

/// Decides.
pub(in super::super) fn decide(state: &State, caller: &Caller, wanted: &Attributes) -> Ruling {
    if caller.is_of(MASTERS) {
        return Ruling {
            is_allowed: true,
            reason: "the group `system:masters` may do all".to_owned(),
            rule: None,
        };
    }
    let (held, missing) = rules_for(state, caller, wanted.namespace());
    match held.into_iter().find(|held| held.rule.allows(wanted)) {
        Some(held) => Ruling {
            is_allowed: true,
            reason: format!("RBAC: allowed by {}", held.source),
            rule: Some(held.rule),
        },
        None => Ruling {
            is_allowed: false,
            reason: if missing.is_empty() {
                String::new()
            } else {
                format!("RBAC: {}", missing.join(", "))
            },
            rule: None,
        },
    }
}

/// Decides; the record for the event log, and where it is no, what goes out.
pub(in super::super) fn authorize(
    state: &State,
    caller: &Caller,
    wanted: &Attributes,
) -> (DecisionRecord, Result<(), Status>) {
    let ruling = decide(state, caller, wanted);
    let outcome = if ruling.is_allowed {
        Ok(())
    } else {
        Err(wanted.refusal(caller, &ruling.reason))
    };
    let summary = match (ruling.is_allowed, ruling.reason.as_str()) {
        (false, "") => "no role binding gives it that",
        (_, reason) => reason,
    };
    let record = DecisionRecord {
        action: wanted.verb.clone(),
        resource: wanted.display(),
        decision: if ruling.is_allowed {
            "Allow"
        } else {
            "ImplicitDeny"
        },
        summary: summary.to_owned(),
        explanation: match &ruling.rule {
            Some(rule) => json!([{ "rule": rule, "by": ruling.reason }]),
            None => json!([]),
        },
    };
    (record, outcome)
}

/// The rules that a caller has in a namespace (at the cluster's scope where it is empty), and what
/// is said of roles that are bound but not there.
pub(in super::super) fn rules_for(
    state: &State,
    caller: &Caller,
    namespace: &str,
) -> (Vec<Held>, Vec<String>) {
    let everywhere = objects::list(state, GROUP, "clusterrolebindings", "");
    let here = (!namespace.is_empty())
        .then(|| objects::list(state, GROUP, "rolebindings", namespace))
        .into_iter()
        .flatten();
    let (mut held, mut missing) = (Vec::new(), Vec::new());
    for binding in everywhere
        .chain(here)
        .filter_map(|object| Binding::read(object))
    {
        let Some(subject) = binding.subject(caller) else {
            continue;
        };
        match rules_of(state, &binding.role, &binding.namespace) {
            Ok(rules) => {
                let source = binding.describe(subject);
                held.extend(rules.into_iter().map(|mut rule| {
                    // Paths are of no namespace, so a binding in one cannot give them.
                    if !binding.namespace.is_empty() {
                        rule.non_resource_urls.clear();
                    }
                    Held {
                        rule,
                        source: source.clone(),
                    }
                }));
            }
            Err(said) => missing.push(said),
        }
    }
    for (policy, role) in policy_roles(state, &caller.uid, &caller.extra, namespace) {
        let role = RoleRef::cluster_role(role);
        let rules = rules_of(state, &role, "").unwrap_or_default();
        let source = format!("the EKS access policy {policy}");
        held.extend(rules.into_iter().map(|rule| Held {
            rule,
            source: source.clone(),
        }));
    }
    (held, missing)
}

/// The rules of a role that is bound in a namespace.
pub(super) fn rules_of(
    state: &State,
    role: &RoleRef,
    namespace: &str,
) -> Result<Vec<Rule>, String> {
    let (resource, namespace, kind) = match role.kind.as_str() {
        "ClusterRole" => ("clusterroles", "", "clusterrole"),
        "Role" => ("roles", namespace, "role"),
        other => return Err(format!("unsupported role reference kind: \"{other}\"")),
    };
    let object = objects::get(state, GROUP, resource, namespace, &role.name)
        .ok_or_else(|| format!("{kind}.{GROUP} \"{}\" not found", role.name))?;
    Ok(rules_in(object.text()))
}

/// The rules of a role, as it is written; a rule that cannot be read gives nothing.
pub(super) fn rules_in(role: &str) -> Vec<Rule> {
    #[derive(Default, Deserialize)]
    struct Body {
        rules: Option<Vec<Value>>,
    }
    let body: Body = serde_json::from_str(role).unwrap_or_default();
    body.rules
        .into_iter()
        .flatten()
        .filter_map(|rule| serde_json::from_value(rule).ok())
        .collect()
}

/// The API group of roles and bindings.
pub(super) const GROUP: &str = "rbac.authorization.k8s.io";
