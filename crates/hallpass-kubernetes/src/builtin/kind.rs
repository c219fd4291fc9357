//! Which kinds there are, and the schema of each.

use std::sync::Arc;

use super::packed::{self, KINDS};
use crate::Schema;

/// A kind that the API server has of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The kind of its objects.
    pub kind: &'static str,
    /// The name of its type in OpenAPI, such as `io.k8s.api.core.v1.Pod`.
    pub definition: &'static str,
}

/// All of them, by group, version and kind.
///
/// `DeleteOptions` and `WatchEvent`, which every group has as its own, are there once, in the group
/// `meta.k8s.io`.
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// The type of that name in OpenAPI, such as `io.k8s.api.core.v1.PodSpec`.
///
/// It is unpacked when it is first asked for, once for the process.
pub fn definition(name: &str) -> Option<Arc<Schema>> {
    Some(packed::find(name)?.schema())
}

/// The type of the kind's objects.
pub fn schema_of(group: &str, version: &str, kind: &str) -> Option<Arc<Schema>> {
    definition(find(group, version, kind)?.definition)
}

/// The kind of that name.
pub(super) fn find(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    let order = |it: &Kind| (it.group, it.version, it.kind).cmp(&(group, version, kind));
    KINDS.get(KINDS.binary_search_by(order).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ListMerge, ListTopology, Shape};

    fn shape(definition: &str, path: &str) -> Shape {
        let mut schema = Schema::clone(&super::definition(definition).unwrap());
        for name in path.split('.') {
            let resolved = Schema::clone(&schema.resolve());
            let inside = match &resolved.shape {
                Shape::List { items, .. } => Schema::clone(&items.resolve()),
                _ => resolved,
            };
            let Shape::Struct { mut fields, .. } = inside.shape else {
                panic!("{name} of {path} is in no struct");
            };
            schema = fields.remove(name).unwrap();
        }
        schema.shape
    }

    #[test]
    fn each_kind_has_a_type_with_its_name() {
        assert!(KINDS.is_sorted_by_key(|kind| (kind.group, kind.version, kind.kind)));
        for kind in kinds() {
            let schema = schema_of(kind.group, kind.version, kind.kind).unwrap();
            assert!(kind.definition.ends_with(&format!(".{}", kind.kind)));
            assert!(!schema.description.is_empty(), "{kind:?}");
        }
        assert!(schema_of("", "v1", "Service").is_none());
    }

    #[test]
    fn each_reference_leads_to_a_type() {
        for kind in &packed::TYPES {
            let mut left = vec![Schema::clone(&kind.schema())];
            while let Some(schema) = left.pop() {
                match schema.shape {
                    Shape::List { items, .. } => left.push(Schema::clone(&items)),
                    Shape::Map { values, .. } => left.push(Schema::clone(&values)),
                    Shape::Reference(name) => assert!(definition(name).is_some(), "{name}"),
                    Shape::Struct { fields, .. } => left.extend(fields.into_values()),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn lists_are_merged_and_owned_as_the_api_server_says() {
        let merge = |key: &str, retains_keys| {
            Some(ListMerge {
                key: key.into(),
                retains_keys,
            })
        };
        let map =
            |keys: &[&str]| ListTopology::Map(keys.iter().map(|key| Box::from(*key)).collect());
        let pod = "io.k8s.api.core.v1.Pod";
        let account = "io.k8s.api.core.v1.ServiceAccount";
        let ports = map(&["containerPort", "protocol"]);
        for (kind, path, topology, wanted) in [
            (pod, "spec.containers", map(&["name"]), merge("name", false)),
            (
                pod,
                "spec.containers.ports",
                ports,
                merge("containerPort", false),
            ),
            (pod, "spec.containers.args", ListTopology::Atomic, None),
            (pod, "spec.volumes", map(&["name"]), merge("name", true)),
            (pod, "spec.tolerations", ListTopology::Atomic, None),
            (
                pod,
                "metadata.finalizers",
                ListTopology::Set,
                merge("", false),
            ),
            (
                pod,
                "metadata.ownerReferences",
                map(&["uid"]),
                merge("uid", false),
            ),
            (account, "secrets", map(&["name"]), merge("name", false)),
            (account, "imagePullSecrets", ListTopology::Atomic, None),
        ] {
            let Shape::List {
                topology: found,
                merge,
                ..
            } = shape(kind, path)
            else {
                panic!("{path} is no list");
            };
            assert_eq!((found, merge), (topology, wanted), "{path}");
        }
        let Shape::Map { is_atomic, .. } = shape(pod, "spec.nodeSelector") else {
            panic!("the node selector is no map");
        };
        assert!(is_atomic);
    }

    #[test]
    fn required_fields_and_defaults_are_known() {
        let port = definition("io.k8s.api.core.v1.ContainerPort").unwrap();
        let Shape::Struct {
            fields, required, ..
        } = &port.shape
        else {
            panic!("a port is no struct");
        };
        assert_eq!(required.as_slice(), [Box::from("containerPort")]);
        assert_eq!(fields["protocol"].default, Some("TCP".into()));
        let pod = definition("io.k8s.api.core.v1.Pod").unwrap();
        assert!(matches!(&pod.shape, Shape::Struct { required, .. } if required.is_empty()));
    }
}
