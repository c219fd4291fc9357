//! What an API server says of a document that is not of the type of its kind.
//!
//! The built-in kinds are Go types there: a value of another type stops decoding, before anything is
//! validated, and what is said is what Go's JSON library says.

use serde_json::Value;

use super::validate::{is_integer, type_of};
use crate::place::Place;
use crate::{Schema, Shape};

/// The first value of another type than the schema's, as Go says it: `json: cannot unmarshal string
/// into Go struct field DeploymentSpec.spec.replicas of type int32`.
pub fn decode_error(value: &Value, schema: &Schema) -> Option<String> {
    // The type of the whole object bears the name of its kind.
    let kind = value.get("kind").and_then(Value::as_str);
    let (found, place, wanted, owner) = walk(value, schema, Place::Root, kind.unwrap_or_default())?;
    Some(match owner.as_str() {
        "" => format!("json: cannot unmarshal {found} into Go value of type {wanted}"),
        owner => format!(
            "json: cannot unmarshal {found} into Go struct field {owner}.{place} of type {wanted}"
        ),
    })
}

/// `strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"`
pub fn strict_decode_error(faults: &[String]) -> String {
    format!("strict decoding error: {}", faults.join(", "))
}

/// What was found, where, what was wanted, and the type that has the field.
type Mistake = (&'static str, String, String, String);

fn walk(value: &Value, schema: &Schema, place: Place<'_>, owner: &str) -> Option<Mistake> {
    let name = match schema.shape {
        Shape::Reference(name) => name,
        _ => "",
    };
    let resolved = schema.resolve();
    if value.is_null() || is_of(value, &resolved.shape) {
        let owner = if name.is_empty() { owner } else { last(name) };
        return inside(value, &resolved.shape, place, owner);
    }
    let wanted = go_type(&resolved.shape, name);
    let found = match type_of(value) {
        "boolean" => "bool",
        "integer" | "number" => "number",
        other => other,
    };
    Some((found, place.to_string(), wanted, owner.to_owned()))
}

fn inside(value: &Value, shape: &Shape, place: Place<'_>, owner: &str) -> Option<Mistake> {
    match (value, shape) {
        (Value::Object(found), Shape::Struct { fields, .. }) => {
            found.iter().find_map(|(name, value)| {
                let field = fields.get(name.as_str())?;
                walk(value, field, place.field(name), owner)
            })
        }
        (Value::Object(found), Shape::Map { values, .. }) => found
            .iter()
            .find_map(|(name, value)| walk(value, values, place.field(name), owner)),
        // Go tells the list's field, not the element's index.
        (Value::Array(found), Shape::List { items, .. }) => found
            .iter()
            .find_map(|item| walk(item, items, place, owner)),
        _ => None,
    }
}

/// Whether Go would take the value for that type.
fn is_of(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Reference(_) => true,
        Shape::Boolean => value.is_boolean(),
        Shape::Integer(_) => is_integer(value),
        Shape::IntOrString => value.is_string() || is_integer(value),
        Shape::List { .. } => value.is_array(),
        Shape::Map { .. } | Shape::Struct { .. } => value.is_object(),
        Shape::Number(_) => value.is_number(),
        Shape::String(_) => value.is_string(),
    }
}

fn go_type(shape: &Shape, name: &str) -> String {
    if !name.is_empty() && matches!(shape, Shape::Struct { .. } | Shape::Map { .. }) {
        return qualified(name);
    }
    match shape {
        Shape::Any | Shape::Reference(_) => "interface {}".to_owned(),
        Shape::Boolean => "bool".to_owned(),
        Shape::Integer(format) if format.as_ref() == "int32" => "int32".to_owned(),
        Shape::Integer(_) => "int64".to_owned(),
        Shape::IntOrString => "intstr.IntOrString".to_owned(),
        Shape::Number(_) => "float64".to_owned(),
        Shape::String(format) if format.as_ref() == "date-time" => "v1.Time".to_owned(),
        Shape::String(_) => "string".to_owned(),
        Shape::List { items, .. } => format!("[]{}", go_type_of(items)),
        Shape::Map { values, .. } => format!("map[string]{}", go_type_of(values)),
        Shape::Struct { .. } => "map[string]interface {}".to_owned(),
    }
}

fn go_type_of(schema: &Schema) -> String {
    match schema.shape {
        Shape::Reference(name) => go_type(&schema.resolve().shape, name),
        _ => go_type(&schema.shape, ""),
    }
}

/// `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`.
fn qualified(name: &str) -> String {
    let mut parts = name.rsplit('.');
    let kind = parts.next().unwrap_or(name);
    match parts.next() {
        Some(version) => format!("{version}.{kind}"),
        None => kind.to_owned(),
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::builtin;

    #[test]
    fn says_what_go_says_of_a_value_of_another_type() {
        let pod = builtin::schema_of("", "v1", "Pod").unwrap();
        let cases = [
            (
                json!({"spec": {"activeDeadlineSeconds": "1"}}),
                "json: cannot unmarshal string into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64",
            ),
            (
                json!({"spec": {"containers": {"name": "c"}}}),
                "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
            (
                json!({"spec": {"containers": [{"name": 1}]}}),
                "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string",
            ),
            (
                json!({"metadata": {"labels": {"a": true}}}),
                "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels.a of type string",
            ),
            (
                json!({"kind": "Pod", "metadata": []}),
                "json: cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta",
            ),
        ];
        for (value, wanted) in cases {
            assert_eq!(decode_error(&value, &pod).as_deref(), Some(wanted));
        }
        let good = json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}},
            "ports": null, "livenessProbe": {"httpGet": {"port": 80}}}]}});
        assert_eq!(decode_error(&good, &pod), None);
    }

    #[test]
    fn strict_faults_stand_in_a_row() {
        let faults = [
            "unknown field \"a\"".to_owned(),
            "duplicate field \"b\"".to_owned(),
        ];
        assert_eq!(
            strict_decode_error(&faults),
            "strict decoding error: unknown field \"a\", duplicate field \"b\""
        );
    }
}
