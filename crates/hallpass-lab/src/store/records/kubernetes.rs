//! Kubernetes objects of any kind.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An object of the lab's cluster, kept as its API would return it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct KubernetesObject {
    /// API group, empty for the core group.
    pub(crate) group: String,
    /// The plural resource name, such as `serviceaccounts`.
    pub(crate) resource: String,
    /// The namespace, empty for cluster-scoped objects.
    pub(crate) namespace: String,
    /// The name.
    pub(crate) name: String,
    /// The whole object, with `metadata.uid` and `metadata.resourceVersion`.
    pub(crate) body: Value,
}

impl KubernetesObject {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(&self.group, &self.resource, &self.namespace, &self.name)
    }

    /// The key of an object; `/` stands in none of the parts.
    pub(crate) fn key_of(group: &str, resource: &str, namespace: &str, name: &str) -> String {
        format!("{group}/{resource}/{namespace}/{name}")
    }
}
