//! Cluster roles that are made of others.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization" (aggregated cluster roles).

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::change::Change;
use super::super::label_selector::LabelSelector;
use super::super::objects;
use super::authorizer::{GROUP, rules_in};
use super::rule::Rule;
use crate::store::State;
use crate::store::records::KubernetesObject;

impl Change<'_, '_> {
    /// Brings the rules of aggregated cluster roles to those of the roles that they select.
    pub(in super::super) fn aggregate_roles(&mut self) {
        // A role may be made of roles that are made of others; each round reaches one level more.
        for _ in 0..MAX_LEVELS {
            let changed = aggregate(self.state());
            if changed.is_empty() {
                return;
            }
            for (object, role) in changed {
                self.exchange(&object, role);
            }
        }
    }
}

/// The aggregated cluster roles whose rules are no longer those of the roles that they select, as
/// they are to be.
fn aggregate(state: &State) -> Vec<(Arc<KubernetesObject>, Value)> {
    let all = || objects::list(state, GROUP, "clusterroles", "");
    // Most changes of roles are in clusters whose few aggregated roles stand as they are.
    all()
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
            for other in all().filter(|other| other.name != object.name) {
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
            role.as_object_mut()?
                .insert("rules".to_owned(), json!(rules));
            Some((Arc::clone(object), role))
        })
        .collect()
}

// `admin` is made of `edit`, which is made of `view`.
const MAX_LEVELS: usize = 8;
