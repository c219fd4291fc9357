//! Schemas inside of `allOf`, `anyOf`, `oneOf` and `not`: they may only validate, and only what the
//! schema outside of them names.

use serde_json::{Map, Value};

use super::faults::Faults;
use super::path::Path;
use crate::cause::Cause;

/// Keywords that say what a value is, not what it must satisfy, and what is said of them.
const STRUCTURE: [(&str, &str); 14] = [
    ("description", "must be empty to be structural"),
    ("type", "must be empty to be structural"),
    ("title", "must be empty to be structural"),
    ("default", "must be undefined to be structural"),
    ("nullable", "must be false to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    (
        "x-kubernetes-preserve-unknown-fields",
        "must be undefined to be structural",
    ),
    (
        "x-kubernetes-embedded-resource",
        "must be false to be structural",
    ),
    (
        "x-kubernetes-int-or-string",
        "must be false to be structural",
    ),
    (
        "x-kubernetes-list-map-keys",
        "must be empty to be structural",
    ),
    (
        "x-kubernetes-list-type",
        "must be undefined to be structural",
    ),
    (
        "x-kubernetes-map-type",
        "must be undefined to be structural",
    ),
    ("x-kubernetes-validations", "must be empty to be structural"),
    ("$ref", "$ref is not supported"),
];

/// Tells what the junctors of a schema say that they may not.
pub(super) fn check_junctors(schema: &Map<String, Value>, at: &Path<'_>, faults: &mut Faults) {
    let is_int_or_string = schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
    each_junctor(schema, at, &mut |junctor, keyword, at| {
        let lists_kinds = is_int_or_string && is_kind_list(schema.get(keyword), keyword);
        if !lists_kinds {
            nested(junctor, schema, is_int_or_string, at, faults);
        }
    });
}

/// The one form in which an int-or-string may say its types: `anyOf: [{type: integer}, {type: string}]`.
fn is_kind_list(junctor: Option<&Value>, keyword: &str) -> bool {
    let Some(Value::Array(schemas)) = junctor else {
        return false;
    };
    let is_kind = |schema: Option<&Value>, kind: &str| {
        schema
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str)
            == Some(kind)
    };
    keyword == "anyOf"
        && schemas.len() == 2
        && is_kind(schemas.first(), "integer")
        && is_kind(schemas.get(1), "string")
}

fn each_junctor(
    schema: &Map<String, Value>,
    at: &Path<'_>,
    with: &mut dyn FnMut(&Value, &str, &Path<'_>),
) {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = schema.get(keyword) {
            let path = at.child(keyword);
            for (index, one) in schemas.iter().enumerate() {
                with(one, keyword, &path.index(index));
            }
        }
    }
    if let Some(not) = schema.get("not") {
        with(not, "not", &at.child("not"));
    }
}

fn nested(
    junctor: &Value,
    main: &Map<String, Value>,
    is_int_or_string: bool,
    at: &Path<'_>,
    faults: &mut Faults,
) {
    let Value::Object(keywords) = junctor else {
        return;
    };
    for (keyword, detail) in STRUCTURE {
        let is_said = keywords
            .get(keyword)
            .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
        if is_said {
            faults.add(Cause::forbidden(at.child(keyword), detail));
        }
    }
    if let Some(Value::Object(fields)) = keywords.get("properties") {
        let path = at.child("properties");
        let known = main.get("properties").and_then(Value::as_object);
        for (name, field) in fields {
            let at = path.key(name);
            match known.and_then(|known| known.get(name)) {
                Some(Value::Object(main)) => nested(field, main, false, &at, faults),
                Some(_) => {}
                None if name == "metadata" => {}
                None => faults.add(Cause::required(
                    missing(&at, &format!("properties[{name}]")),
                    &format!("because it is defined in {at}"),
                )),
            }
        }
    }
    if let Some(items) = keywords.get("items") {
        let at = at.child("items");
        match main.get("items") {
            Some(Value::Object(main)) => nested(items, main, false, &at, faults),
            Some(_) => {}
            None => faults.add(Cause::required(
                missing(&at, "items"),
                &format!("because it is defined in {at}"),
            )),
        }
    }
    each_junctor(keywords, at, &mut |inner, keyword, at| {
        let lists_kinds = is_int_or_string && is_kind_list(keywords.get(keyword), keyword);
        if !lists_kinds {
            nested(inner, main, is_int_or_string, at, faults);
        }
    });
}

/// The place outside of the junctors where the name is missing: the path without them.
fn missing(at: &Path<'_>, name: &str) -> String {
    let path = at.to_string();
    let outside = [".allOf[", ".anyOf[", ".oneOf[", ".not."]
        .iter()
        .filter_map(|junctor| path.find(junctor))
        .min()
        .and_then(|end| path.get(..end))
        .unwrap_or(&path);
    format!("{outside}.{name}")
}
