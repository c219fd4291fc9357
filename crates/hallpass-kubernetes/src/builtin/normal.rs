//! Objects of the API server's own kinds in the form that it gives back.
//!
//! The API server holds its own kinds in Go's types, and what JSON says otherwise than these would is
//! gone once it is read: null, an empty list or map, an empty text, a zero where the type has no other
//! way to say nothing. Quantities are in their canonical form.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts"; Kubernetes API conventions, "Optional
//! vs. Required", "Nullable".

use serde_json::{Map, Value as Json};

use super::packed::{self, Field, Form, Type, Value};
use super::{kind, quantity};

/// Brings an object of a built-in kind into the form that the API server gives back; objects of other
/// kinds, and fields that the kind does not have, are left alone.
///
/// ```
/// # use serde_json::json;
/// let mut pod = json!({"metadata": {"labels": {}, "finalizers": []}, "spec": {"containers": [
///     {"name": "a", "args": null, "resources": {"limits": {"cpu": 0.5}}},
/// ]}});
/// hallpass_kubernetes::builtin::normalize(&mut pod, "", "v1", "Pod");
/// assert_eq!(pod, json!({"metadata": {}, "spec": {"containers": [
///     {"name": "a", "resources": {"limits": {"cpu": "500m"}}},
/// ]}}));
/// ```
pub fn normalize(object: &mut Json, group: &str, version: &str, kind: &str) {
    if let Some(of) = kind::find(group, version, kind).and_then(|it| packed::find(it.definition)) {
        normalize_type(object, of);
    }
}

fn normalize_type(value: &mut Json, of: &Type) {
    match of.form() {
        Form::Atomic | Form::Struct => {
            if let Json::Object(object) = value {
                normalize_fields(object, of);
            }
        }
        Form::Quantity => {
            let canonical = match value {
                Json::String(text) => quantity::canonical(text),
                Json::Number(number) => quantity::canonical(&number.to_string()),
                Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
            };
            if let Some(canonical) = canonical {
                *value = canonical.into();
            }
        }
        Form::IntOrString
        | Form::Json
        | Form::MicroTime
        | Form::PropsOrArray
        | Form::PropsOrBool
        | Form::PropsOrStrings
        | Form::Raw
        | Form::Time => {}
    }
}

fn normalize_fields(object: &mut Map<String, Json>, of: &Type) {
    for field in of.fields() {
        if let Some(value) = object.get_mut(field.name) {
            normalize_value(value, &field.value);
        }
    }
    let fields = of.fields().filter(|field| !field.is_required);
    let silent: Vec<&str> = fields
        .filter(|field| {
            object
                .get(field.name)
                .is_some_and(|it| says_nothing(field, it))
        })
        .map(|field| field.name)
        .collect();
    object.retain(|name, _| !silent.contains(&name.as_str()));
}

fn normalize_value(value: &mut Json, of: &Value) {
    match (value, of) {
        (value, Value::Type(of)) => normalize_type(value, of),
        (Json::Array(list), Value::List(items)) => {
            for item in list {
                normalize_value(item, items);
            }
        }
        (Json::Object(map), Value::Map(values)) => {
            for value in map.values_mut() {
                normalize_value(value, values);
            }
        }
        _ => {}
    }
}

/// Whether the field might as well not be there.
fn says_nothing(field: &Field, value: &Json) -> bool {
    match (value, &field.value) {
        (Json::Null, _) => true,
        (Json::Array(list), Value::List(_)) => list.is_empty(),
        (Json::Object(map), Value::Map(_)) => map.is_empty(),
        (Json::String(text), Value::String | Value::Byte) => text.is_empty(),
        (Json::Bool(truth), Value::Boolean) => !truth && field.omits_zero(),
        (Json::Number(number), Value::Int32 | Value::Int64) => {
            number.as_i64() == Some(0) && field.omits_zero()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_says_nothing_is_gone_and_all_else_stays() {
        let mut pod = json!({
            "kind": "Pod",
            "custom": null,
            "metadata": {"name": "", "labels": {"a": ""}, "annotations": {}, "generation": 0, "uid": null},
            "spec": {
                "containers": [{"name": "", "args": [""], "env": [], "stdin": false, "resources": {}}],
                "automountServiceAccountToken": false,
                "terminationGracePeriodSeconds": 0,
                "hostNetwork": false,
                "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1024Mi"}}, {"name": "w", "emptyDir": {}}],
                "securityContext": {"runAsUser": 0},
            },
        });
        normalize(&mut pod, "", "v1", "Pod");
        let wanted = json!({
            "kind": "Pod",
            "custom": null,
            "metadata": {"labels": {"a": ""}},
            "spec": {
                "containers": [{"name": "", "args": [""], "resources": {}}],
                "automountServiceAccountToken": false,
                "terminationGracePeriodSeconds": 0,
                "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "w", "emptyDir": {}}],
                "securityContext": {"runAsUser": 0},
            },
        });
        assert_eq!(pod, wanted);
        normalize(&mut pod, "", "v1", "Pod");
        assert_eq!(pod, wanted);
    }

    #[test]
    fn values_of_other_types_are_left_to_who_refuses_them() {
        for value in [json!(1), json!([]), json!({"spec": [], "metadata": "x"})] {
            let mut pod = value.clone();
            normalize(&mut pod, "", "v1", "Pod");
            assert_eq!(pod, value);
        }
    }
}
