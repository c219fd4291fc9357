//! The few parts of a pod that the webhook looks at; all else passes by unread.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A pod, as far as its parts are needed.
pub(crate) struct Pod<'a> {
    metadata: &'a Map<String, Value>,
    spec: &'a Map<String, Value>,
}

impl<'a> Pod<'a> {
    /// Looks at a pod's JSON.
    pub(crate) fn new(pod: &'a Value) -> Result<Self, PodError> {
        let part = |name: &str| {
            let pointer = format!("/{name}");
            pod.get(name)
                .and_then(Value::as_object)
                .ok_or_else(|| PodError::new(pointer, "an object"))
        };
        Ok(Self {
            metadata: part("metadata")?,
            spec: part("spec")?,
        })
    }

    /// `metadata.labels`; absent where the pod has none.
    pub(crate) fn labels(&self) -> Result<Option<BTreeMap<String, String>>, PodError> {
        strings(self.metadata, "labels", "/metadata")
    }

    /// `metadata.annotations`.
    pub(crate) fn annotations(&self) -> Result<BTreeMap<String, String>, PodError> {
        Ok(strings(self.metadata, "annotations", "/metadata")?.unwrap_or_default())
    }

    /// Whether the pod asks for a Windows node, by `nodeSelector`; affinity is not looked at.
    pub(crate) fn is_windows(&self) -> Result<bool, PodError> {
        let selector = strings(self.spec, "nodeSelector", "/spec")?.unwrap_or_default();
        Ok(["beta.kubernetes.io/os", "kubernetes.io/os"]
            .iter()
            .any(|key| selector.get(*key).is_some_and(|os| os == "windows")))
    }

    /// The names of the volumes; absent where the pod has no list of them.
    pub(crate) fn volume_names(&self) -> Result<Option<Vec<&'a str>>, PodError> {
        names(self.spec, "volumes", "/spec")
    }

    /// The containers of a list, `containers` or `initContainers`, with their pointers.
    pub(crate) fn containers(&self, list: &str) -> Result<Vec<Container<'a>>, PodError> {
        let pointer = format!("/spec/{list}");
        let containers = array(self.spec, list, "/spec")?.unwrap_or_default();
        containers
            .iter()
            .enumerate()
            .map(|(index, container)| Container::new(container, format!("{pointer}/{index}")))
            .collect()
    }
}

/// A container.
pub(crate) struct Container<'a> {
    /// Its JSON pointer.
    pub(crate) pointer: String,
    /// Its name.
    pub(crate) name: &'a str,
    /// The names of its variables; absent where it has no list of them.
    pub(crate) variables: Option<Vec<&'a str>>,
    /// The names of the volumes that it mounts; absent where it has no list of them.
    pub(crate) mounts: Option<Vec<&'a str>>,
}

impl<'a> Container<'a> {
    fn new(container: &'a Value, pointer: String) -> Result<Self, PodError> {
        let fields = container
            .as_object()
            .ok_or_else(|| PodError::new(pointer.clone(), "an object"))?;
        Ok(Self {
            name: fields
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            variables: names(fields, "env", &pointer)?,
            mounts: names(fields, "volumeMounts", &pointer)?,
            pointer,
        })
    }
}

/// A pod that no cluster would take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` of the pod must be {wanted}")]
pub struct PodError {
    path: String,
    wanted: &'static str,
}

impl PodError {
    fn new(path: String, wanted: &'static str) -> Self {
        Self { path, wanted }
    }
}

/// The list of that name; `null` is absent, as in the API.
fn array<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    parent: &str,
) -> Result<Option<&'a [Value]>, PodError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(elements)) => Ok(Some(elements)),
        Some(_) => Err(PodError::new(format!("{parent}/{name}"), "a list")),
    }
}

/// The `name` of each element of the list of that name.
fn names<'a>(
    fields: &'a Map<String, Value>,
    list: &str,
    parent: &str,
) -> Result<Option<Vec<&'a str>>, PodError> {
    let Some(elements) = array(fields, list, parent)? else {
        return Ok(None);
    };
    elements
        .iter()
        .enumerate()
        .map(|(index, element)| {
            element
                .as_object()
                .map(|fields| {
                    fields
                        .get("name")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                })
                .ok_or_else(|| PodError::new(format!("{parent}/{list}/{index}"), "an object"))
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

fn strings(
    fields: &Map<String, Value>,
    name: &str,
    parent: &str,
) -> Result<Option<BTreeMap<String, String>>, PodError> {
    let fault = || PodError::new(format!("{parent}/{name}"), "a map of strings");
    let map = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_object().ok_or_else(fault)?,
    };
    map.iter()
        .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect::<Option<_>>()
        .map(Some)
        .ok_or_else(fault)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_pod() {
        let fault = |pod: Value| {
            let pod = Pod::new(&pod)?;
            pod.annotations()?;
            pod.volume_names()?;
            pod.containers("containers").map(drop)
        };
        for (pod, path) in [
            (json!(1), "`/metadata`"),
            (json!({ "metadata": {} }), "`/spec`"),
            (
                json!({ "metadata": { "annotations": { "a": 1 } }, "spec": {} }),
                "`/metadata/annotations`",
            ),
            (
                json!({ "metadata": {}, "spec": { "volumes": {} } }),
                "`/spec/volumes`",
            ),
            (
                json!({ "metadata": {}, "spec": { "containers": [1] } }),
                "`/spec/containers/0`",
            ),
            (
                json!({ "metadata": {}, "spec": { "containers": [{ "env": ["A"] }] } }),
                "`/spec/containers/0/env/0`",
            ),
        ] {
            let said = fault(pod).unwrap_err().to_string();
            assert!(said.starts_with(path), "{said}");
        }
        assert!(fault(json!({ "metadata": {}, "spec": { "volumes": null } })).is_ok());
    }
}
