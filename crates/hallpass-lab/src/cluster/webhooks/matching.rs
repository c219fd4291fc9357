//! Which webhooks want to see a request.

use std::sync::Arc;

use serde_json::Value;

use super::super::admission::{Act, Review};
use super::super::objects;
use super::super::request::Target;
use super::super::resources::{Registry, Resource};
use super::configuration::{Rule, Webhook};
use crate::store::State;

/// In which version the webhook wants to see it; none where it does not want to.
pub(super) fn wanted(
    state: &State,
    registry: &Registry,
    webhook: &Webhook,
    review: &Review<'_>,
) -> Option<Arc<Resource>> {
    let target = review.target;
    // Webhooks cannot lock out who would repair them.
    if target.group == "admissionregistration.k8s.io" {
        return None;
    }
    let known = target.known().ok()?;
    let takes = |resource: &Resource| {
        webhook
            .rules
            .iter()
            .any(|rule| rule.takes(review.act, target, resource))
    };
    let version = if takes(known) {
        Arc::clone(known)
    } else if webhook.takes_equivalents() {
        registry
            .all()
            .filter(|other| other.group == known.group && other.plural == known.plural)
            .find(|other| takes(other))
            .cloned()?
    } else {
        return None;
    };
    let selects = in_selected_namespace(state, webhook, review) && selects_object(webhook, review);
    selects.then_some(version)
}

impl Rule {
    fn takes(&self, act: Act, target: &Target, resource: &Resource) -> bool {
        let has = |words: &[String], word: &str| words.iter().any(|own| own == "*" || own == word);
        let scope = match self.scope.as_str() {
            "Cluster" => !resource.is_namespaced,
            "Namespaced" => resource.is_namespaced,
            _ => true,
        };
        let part = target.subresource.as_deref().unwrap_or_default();
        has(&self.operations, operation(act))
            && has(&self.api_groups, &resource.group)
            && has(&self.api_versions, &resource.version)
            && scope
            && self
                .resources
                .iter()
                .any(|own| takes_resource(own, &resource.plural, part))
    }
}

/// Whether a rule's word is the resource: `pods`, `pods/status`, `pods/*`, `*`, `*/*`, `*/scale`.
fn takes_resource(own: &str, plural: &str, part: &str) -> bool {
    let (whole, wanted) = own.split_once('/').unwrap_or((own, ""));
    (whole == "*" || whole == plural) && (wanted == part || wanted == "*")
}

/// The word for what is done.
pub(super) const fn operation(act: Act) -> &'static str {
    match act {
        Act::Create => "CREATE",
        Act::Delete => "DELETE",
        Act::Update => "UPDATE",
    }
}

fn in_selected_namespace(state: &State, webhook: &Webhook, review: &Review<'_>) -> bool {
    let target = review.target;
    let labels = if target.qualified() == "namespaces" {
        let object = review.object.as_ref().or(review.old);
        object.map(|object| objects::strings(object, "/metadata/labels"))
    } else if target.namespace.is_empty() {
        // What is of the whole cluster is in no namespace that could be left out.
        return true;
    } else {
        objects::get(state, "", "namespaces", "", &target.namespace)
            .map(|namespace| objects::strings(&namespace.body(), "/metadata/labels"))
    };
    webhook
        .namespace_selector
        .takes(&labels.unwrap_or_default())
}

fn selects_object(webhook: &Webhook, review: &Review<'_>) -> bool {
    let takes = |object: &Value| {
        webhook
            .object_selector
            .takes(&objects::strings(object, "/metadata/labels"))
    };
    review.object.as_ref().is_some_and(takes) || review.old.is_some_and(takes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_matched_with_their_parts() {
        for (own, plural, part, takes) in [
            ("pods", "pods", "", true),
            ("pods", "pods", "status", false),
            ("pods/status", "pods", "status", true),
            ("pods/*", "pods", "status", true),
            ("pods/*", "pods", "", true),
            ("*", "secrets", "", true),
            ("*", "secrets", "status", false),
            ("*/*", "secrets", "status", true),
            ("*/scale", "deployments", "scale", true),
            ("*/scale", "deployments", "", false),
        ] {
            assert_eq!(
                takes_resource(own, plural, part),
                takes,
                "{own} {plural} {part}"
            );
        }
    }
}
