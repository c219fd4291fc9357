//! Cluster roles that are made of others.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization" (aggregated ClusterRoles).

use serde_json::{Value, json};

use super::super::label_selector::LabelSelector;
use super::super::objects;
use super::authorizer::{GROUP, rules_in};
use super::rule::Rule;
use crate::store::State;

/// The aggregated cluster roles whose rules are no longer those of the roles that they select, as
/// they are to be.
pub(in super::super) fn aggregate(state: &State) -> Vec<Value> {
    let roles = || objects::list(state, GROUP, "clusterroles", "");
    // Most changes of roles are in clusters whose few aggregated roles stand as they are.
    roles()
        .filter(|object| object.text().contains("aggregationRule"))
        .filter_map(|object| {
            let mut role = object.body();
            let selectors = role.pointer("/aggregationRule/clusterRoleSelectors")?;
            let selectors: Vec<LabelSelector> = selectors
                .as_array()?
                .iter()
                .filter_map(|selector| LabelSelector::read(selector).ok())
                .collect();
            let mut rules: Vec<Rule> = Vec::new();
            for other in roles().filter(|other| other.name != object.name) {
                let labels = objects::strings(&other.body(), "/metadata/labels");
                if selectors.iter().any(|selector| selector.takes(&labels)) {
                    for rule in rules_in(other.text()) {
                        if !rules.contains(&rule) {
                            rules.push(rule);
                        }
                    }
                }
            }
            if rules_in(object.text()) == rules {
                return None;
            }
            role.as_object_mut()?.insert("rules".to_owned(), json!(rules));
            Some(role)
        })
        .collect()
}
