//! Kubernetes objects of any kind.
//!
//! An object is kept as the JSON text that its API returns: a cluster of thousands of pods is listed
//! and kept far more often than one of them is looked into, and a parsed object takes several times
//! the room of its text.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// An object of the lab's cluster, kept as its API would return it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Row")]
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
    body: Box<RawValue>,
    /// What its metadata says.
    #[serde(skip_serializing)]
    pub(crate) head: Head,
}

/// What stands in an object's metadata, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// `metadata.uid`.
    pub(crate) uid: String,
    /// `metadata.resourceVersion`.
    pub(crate) version: u64,
    /// The UID of each of `metadata.ownerReferences`.
    pub(crate) owners: Vec<String>,
    /// Whether it is being deleted (`metadata.deletionTimestamp`).
    pub(crate) is_terminating: bool,
}

impl KubernetesObject {
    /// The record of an object.
    pub(crate) fn new(
        group: &str,
        resource: &str,
        namespace: &str,
        name: &str,
        body: &Value,
    ) -> Self {
        // INVARIANT: a value of JSON can always be written as JSON.
        let body = serde_json::value::to_raw_value(body).unwrap_or_default();
        Row {
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            body,
        }
        .into()
    }

    /// The whole object.
    pub(crate) fn body(&self) -> Value {
        // INVARIANT: the text was written from a value, or read from one by the database.
        serde_json::from_str(self.body.get()).unwrap_or_default()
    }

    /// The whole object as JSON.
    pub(crate) fn text(&self) -> &str {
        self.body.get()
    }

    pub(crate) fn record_key(&self) -> String {
        Self::key_of(&self.group, &self.resource, &self.namespace, &self.name)
    }

    /// The key of an object; `/` stands in none of the parts.
    pub(crate) fn key_of(group: &str, resource: &str, namespace: &str, name: &str) -> String {
        format!("{group}/{resource}/{namespace}/{name}")
    }
}

/// An object as the database has it.
#[derive(Deserialize)]
struct Row {
    group: String,
    resource: String,
    namespace: String,
    name: String,
    body: Box<RawValue>,
}

impl From<Row> for KubernetesObject {
    fn from(row: Row) -> Self {
        let Row {
            group,
            resource,
            namespace,
            name,
            body,
        } = row;
        let head = Head::read(&body);
        Self {
            group,
            resource,
            namespace,
            name,
            body,
            head,
        }
    }
}

impl Head {
    fn read(body: &RawValue) -> Self {
        // A body whose metadata are of another shape is refused before it gets here.
        let Peek { metadata } = serde_json::from_str(body.get()).unwrap_or_default();
        let metadata = metadata.unwrap_or_default();
        let version = metadata.resource_version.unwrap_or_default();
        Self {
            uid: metadata.uid.unwrap_or_default(),
            version: version.parse().unwrap_or_default(),
            owners: metadata
                .owner_references
                .into_iter()
                .flatten()
                .filter_map(|owner| owner.uid)
                .collect(),
            is_terminating: metadata.deletion_timestamp.is_some(),
        }
    }
}

#[derive(Default, Deserialize)]
struct Peek {
    metadata: Option<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    uid: Option<String>,
    resource_version: Option<String>,
    owner_references: Option<Vec<Owner>>,
    deletion_timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
struct Owner {
    uid: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let body = json!({
            "kind": "Pod",
            "metadata": {
                "name": "p",
                "uid": "u",
                "resourceVersion": "7",
                "ownerReferences": [{ "uid": "a", "name": "x" }, { "uid": "b" }],
            },
        });
        let object = KubernetesObject::new("", "pods", "n", "p", &body);
        let head = Head {
            uid: "u".to_owned(),
            version: 7,
            owners: vec!["a".to_owned(), "b".to_owned()],
            is_terminating: false,
        };
        assert_eq!((object.body(), &object.head), (body, &head));
        let row = serde_json::to_string(&object).unwrap();
        assert!(!row.contains("head"), "{row}");
        let read: KubernetesObject = serde_json::from_str(&row).unwrap();
        assert_eq!((read.text(), &read.head), (object.text(), &head));
    }
}
