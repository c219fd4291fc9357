//! Looking at the cluster's objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use hallpass_types::{ServiceAccountName, Timestamp};
use serde_json::Value;

use crate::store::State;
use crate::store::records::KubernetesObject;

/// One object.
pub(super) fn get<'a>(
    state: &'a State,
    group: &str,
    resource: &str,
    namespace: &str,
    name: &str,
) -> Option<&'a Arc<KubernetesObject>> {
    state
        .objects
        .get(&KubernetesObject::key_of(group, resource, namespace, name))
}

/// The objects of a resource, in one namespace, or in all where it is empty.
pub(super) fn list<'a>(
    state: &'a State,
    group: &str,
    resource: &str,
    namespace: &str,
) -> impl Iterator<Item = &'a Arc<KubernetesObject>> + use<'a> {
    let prefix = if namespace.is_empty() {
        format!("{group}/{resource}/")
    } else {
        format!("{group}/{resource}/{namespace}/")
    };
    state
        .objects
        .range(prefix.clone()..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, object)| object)
}

/// A namespace.
pub(super) fn namespace<'a>(state: &'a State, name: &str) -> Option<&'a Arc<KubernetesObject>> {
    get(state, "", "namespaces", "", name)
}

/// A service account.
pub(super) fn account<'a>(
    state: &'a State,
    name: &ServiceAccountName,
) -> Option<&'a Arc<KubernetesObject>> {
    get(state, "", "serviceaccounts", name.namespace(), name.name())
}

/// Text at a JSON pointer; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A map of strings at a JSON pointer; empty where there is none.
pub(super) fn strings(object: &Value, pointer: &str) -> BTreeMap<String, String> {
    object
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The elements of the list at a JSON pointer.
pub(super) fn elements<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// A time as the API writes it: whole seconds.
pub(super) fn time(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second())
        .unwrap_or(moment)
        .to_string()
}
