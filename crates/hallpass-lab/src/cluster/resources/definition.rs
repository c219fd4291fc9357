//! The resources that a custom resource definition makes.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! "Versions in CustomResourceDefinitions" (version priority).

use std::cmp::Reverse;
use std::sync::Arc;

use hallpass_kubernetes::crd::{CustomResource, Version};
use serde_json::Value;

use super::super::objects::{elements, text};
use super::built_in::{OBJECT_VERBS, STATUS_VERBS};
use super::registry::{Origin, Resource, Subresource};

/// Whether the definition's names are its own, so that its resources are served.
pub(super) fn is_established(definition: &Value) -> bool {
    elements(definition, "/status/conditions").any(|condition| {
        text(condition, "/type") == "Established" && text(condition, "/status") == "True"
    })
}

/// The resources that it makes: one for each served version.
pub(super) fn resources(definition: &CustomResource) -> Vec<Resource> {
    let served = definition.versions.iter().filter(|one| one.is_served);
    served
        .map(|version| resource(definition, version))
        .collect()
}

fn resource(definition: &CustomResource, version: &Arc<Version>) -> Resource {
    let names = &definition.names;
    let owned = |words: &[Box<str>]| words.iter().map(ToString::to_string).collect();
    Resource {
        group: definition.group.to_string(),
        version: version.name.to_string(),
        plural: names.plural.to_string(),
        singular: names.singular.to_string(),
        kind: names.kind.to_string(),
        list_kind: names.list_kind.to_string(),
        is_namespaced: definition.is_namespaced,
        short: owned(&names.short_names),
        categories: owned(&names.categories),
        verbs: OBJECT_VERBS,
        subresources: subresources(version),
        origin: Origin::Custom(Arc::clone(version)),
    }
}

fn subresources(version: &Version) -> Vec<Subresource> {
    let part = |name: &str, kind| Subresource {
        name: name.to_owned(),
        kind,
        verbs: STATUS_VERBS,
    };
    let scale = Some(("autoscaling", "v1", "Scale"));
    let scale = version.scale.as_ref().map(|_| part("scale", scale));
    let status = version.has_status.then(|| part("status", None));
    scale.into_iter().chain(status).collect()
}

/// Orders versions: stable before beta before alpha, the higher number first, all else by name.
pub(super) fn priority(version: &str) -> impl Ord + use<> {
    let parsed = parse(version);
    let rank = parsed.map_or(
        (Reverse(0), Reverse(0), Reverse(0)),
        |(stage, major, minor)| (Reverse(stage), Reverse(major), Reverse(minor)),
    );
    (rank, version.to_owned())
}

/// Stage (3 stable, 2 beta, 1 alpha), major and minor number of a version like `v1beta2`.
fn parse(version: &str) -> Option<(u8, u32, u32)> {
    let rest = version.strip_prefix('v')?;
    let letters = rest.find(|letter: char| !letter.is_ascii_digit());
    let (major, rest) = rest.split_at(letters.unwrap_or(rest.len()));
    let major = major.parse().ok()?;
    if rest.is_empty() {
        return Some((3, major, 0));
    }
    let (stage, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
        (Some(minor), _) => (2, minor),
        (None, Some(minor)) => (1, minor),
        (None, None) => return None,
    };
    Some((stage, major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_kubernetes_orders_them() {
        // The order is the documentation's own example.
        let wanted = [
            "v10",
            "v2",
            "v1",
            "v11beta2",
            "v10beta3",
            "v3beta1",
            "v12alpha1",
            "v11alpha2",
            "foo1",
            "foo10",
        ];
        let mut found = wanted;
        found.reverse();
        found.sort_by_cached_key(|version| priority(version));
        assert_eq!(found, wanted);
    }
}
