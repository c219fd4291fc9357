//! Whether a configuration can be taken apart into fields by its schema.

use serde_json::Value;

use super::element::PathElement;
use super::form::{Elements, Form, Known, resolved};
use super::request::ApplyError;

/// More of them help nobody.
const MOST: usize = 50;

/// Tells what cannot be taken apart: fields that the schema does not know, objects and lists where
/// other values stand, elements that nothing tells, or that stand twice.
pub(super) fn check(applied: &Value, schema: Known<'_>) -> Result<(), ApplyError> {
    let mut faults = Vec::new();
    walk(applied, schema, &mut Vec::new(), &mut faults);
    if faults.is_empty() {
        return Ok(());
    }
    let text = |pointer: &str| {
        let found = applied.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let namespace = text("/metadata/namespace");
    let slash = if namespace.is_empty() { "" } else { "/" };
    let why = match faults.as_slice() {
        [one] => one.clone(),
        several => format!("errors:\n  {}", several.join("\n  ")),
    };
    Err(ApplyError::Mistyped {
        name: format!("{namespace}{slash}{}", text("/metadata/name")),
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        why,
    })
}

fn walk(value: &Value, schema: Known<'_>, path: &mut Vec<PathElement>, faults: &mut Vec<String>) {
    if faults.len() >= MOST || value.is_null() {
        return;
    }
    let found = resolved(schema);
    match (Form::expected(found.as_deref()), value) {
        (Form::Object(fields), Value::Object(members)) => {
            for (name, value) in members {
                path.push(PathElement::Field(name.as_str().into()));
                let (schema, is_named) = fields.field(name);
                if is_named || fields.is_open {
                    walk(value, schema, path, faults);
                } else {
                    faults.push(format!("{}: field not declared in schema", printed(path)));
                }
                path.pop();
            }
        }
        (Form::List(elements), Value::Array(items)) => walk_list(items, &elements, path, faults),
        (Form::Object(_), other)
            if schema.is_some_and(|schema| !schema.resolve().keeps_unknown) =>
        {
            faults.push(format!("{}: expected map, got {other}", printed(path)));
        }
        (Form::List(_), other) => {
            faults.push(format!("{}: expected list, got {other}", printed(path)));
        }
        // Scalars are told by decoding and validation.
        (Form::Leaf | Form::Object(_), _) => {}
    }
}

fn walk_list(
    items: &[Value],
    elements: &Elements<'_>,
    path: &mut Vec<PathElement>,
    faults: &mut Vec<String>,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let is_object = item.is_object() || elements.keys.is_empty();
        if !is_object {
            faults.push(format!(
                "{}: element {index}: associative list with keys may not have non-map elements",
                printed(path)
            ));
            continue;
        }
        if let Some(key) = elements
            .keys
            .iter()
            .find(|key| elements.key(key, item).is_none())
        {
            faults.push(format!(
                "{}: element {index}: associative list with keys has an element that omits key field \"{key}\" (and doesn't have default value)",
                printed(path)
            ));
            continue;
        }
        let element = elements.element(index, item);
        if seen.insert(element.clone()) {
            path.push(element);
            walk(item, Some(elements.items), path, faults);
            path.pop();
        } else {
            let at = printed(path);
            faults.push(format!("{at}: duplicate entries for key {element}"));
        }
    }
}

/// A path in messages: `.spec.containers[name="runner"].image`.
pub(super) fn printed(path: &[PathElement]) -> String {
    path.iter().map(ToString::to_string).collect()
}
