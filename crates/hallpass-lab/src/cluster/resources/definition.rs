//! The resources that a custom resource definition makes.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! "Versions in CustomResourceDefinitions" (version priority).

use std::cmp::Reverse;
use std::sync::Arc;

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
pub(super) fn resources(definition: &Arc<Value>) -> Vec<Resource> {
    elements(definition, "/spec/versions")
        .filter(|version| version.get("served").and_then(Value::as_bool) == Some(true))
        .map(|version| resource(definition, version))
        .collect()
}

fn resource(definition: &Arc<Value>, version: &Value) -> Resource {
    // The accepted names stand in the status; both agree once a definition is established.
    let name = |field: &str| text(definition, &format!("/spec/names/{field}")).to_owned();
    let names = |field: &str| {
        elements(definition, &format!("/spec/names/{field}"))
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect()
    };
    let kind = name("kind");
    let or = |given: String, default: String| if given.is_empty() { default } else { given };
    Resource {
        group: text(definition, "/spec/group").to_owned(),
        version: text(version, "/name").to_owned(),
        plural: name("plural"),
        singular: or(name("singular"), kind.to_lowercase()),
        list_kind: or(name("listKind"), format!("{kind}List")),
        kind,
        is_namespaced: text(definition, "/spec/scope") == "Namespaced",
        short: names("shortNames"),
        categories: names("categories"),
        verbs: OBJECT_VERBS,
        subresources: subresources(version),
        origin: Origin::Custom {
            definition: Arc::clone(definition),
            version: Arc::new(version.clone()),
        },
    }
}

fn subresources(version: &Value) -> Vec<Subresource> {
    let own = |name: &str, kind| {
        let given = version.pointer(&format!("/subresources/{name}"))?;
        (!given.is_null()).then(|| Subresource {
            name: name.to_owned(),
            kind,
            verbs: STATUS_VERBS,
        })
    };
    own("status", None)
        .into_iter()
        .chain(own("scale", Some(("autoscaling", "v1", "Scale"))))
        .collect()
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
