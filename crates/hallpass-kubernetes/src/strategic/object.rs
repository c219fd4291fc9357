//! How an object is merged, and the directives in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::{StrategicError, StrategicFault};
use super::{list, order};
use crate::{ListMerge, Schema, Shape};

/// What an object, or an element of a list, is to become: `delete` or `replace`.
pub(super) const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";

/// The object with the patch applied.
///
/// ```
/// # use serde_json::json;
/// let pod = hallpass_kubernetes::builtin::schema_of("", "v1", "Pod").unwrap();
/// let live = json!({"spec": {"containers": [{"name": "runner", "image": "old"}]}});
/// let patch = json!({"spec": {"containers": [{"name": "runner", "image": "new"}]}});
/// let patched = hallpass_kubernetes::strategic::apply(&live, &patch, &pod)?;
/// assert_eq!(patched["spec"]["containers"][0]["image"], "new");
/// # Ok::<_, hallpass_kubernetes::strategic::StrategicError>(())
/// ```
pub fn apply(live: &Value, patch: &Value, schema: &Schema) -> Result<Value, StrategicError> {
    let Value::Object(patch) = patch else {
        return Err(StrategicFault::NotAnObject(kind_of(patch)).into());
    };
    let mut merged = live.as_object().cloned().unwrap_or_default();
    merge(&mut merged, patch.clone(), schema)?;
    Ok(Value::Object(merged))
}

/// Merges the patch into the object.
pub(super) fn merge(
    live: &mut Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: &Schema,
) -> Result<(), StrategicError> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        match directive.as_str() {
            Some("delete") => live.clear(),
            Some("replace") => *live = plain(patch),
            _ => return Err(StrategicFault::UnknownDirective(directive.to_string()).into()),
        }
        return Ok(());
    }
    let resolved = schema.resolve();
    retain_keys(live, &mut patch)?;
    let arranged = arrange_lists(live, &mut patch, &resolved)?;
    // All at once: one removal from many fields takes as long as all of them.
    let is_removed = |name: &str| patch.get(name).is_some_and(Value::is_null);
    live.retain(|name, _| !is_removed(name));
    for (name, value) in patch {
        if value.is_null() || arranged.contains(&name) || name.starts_with(ELEMENT_ORDER) {
            continue;
        }
        let done = if let Some(name) = name.strip_prefix(DELETE_FROM) {
            delete_from(live, name, &value)
        } else {
            merge_field(live, &name, value, field(&resolved, &name))
        };
        done.map_err(|error| error.inside(&name))?;
    }
    Ok(())
}

fn merge_field(
    live: &mut Map<String, Value>,
    name: &str,
    patch: Value,
    schema: Option<&Schema>,
) -> Result<(), StrategicError> {
    let before = live.get_mut(name);
    match patch {
        Value::Object(patch) => {
            if let Some(Value::Object(live)) = before {
                return merge(live, patch, schema.unwrap_or(&Schema::default()));
            }
            // There is nothing that could be deleted.
            if patch.get(DIRECTIVE).is_some_and(|it| it == "delete") {
                return Ok(());
            }
            let mut made = Map::new();
            merge(&mut made, patch, schema.unwrap_or(&Schema::default()))?;
            live.insert(name.to_owned(), Value::Object(made));
        }
        Value::Array(patch) => {
            let merged = if let Some((items, strategy)) = schema.and_then(merged_list) {
                let before = match before {
                    Some(Value::Array(before)) => std::mem::take(before),
                    _ => Vec::new(),
                };
                list::merge(before, patch, &items, &strategy.key)?
            } else {
                patch.into_iter().filter_map(list::plain_element).collect()
            };
            live.insert(name.to_owned(), Value::Array(merged));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            live.insert(name.to_owned(), patch);
        }
    }
    Ok(())
}

/// `$retainKeys`: all fields that it does not name are removed.
fn retain_keys(
    live: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
) -> Result<(), StrategicError> {
    let Some(directive) = patch.shift_remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let names: Option<BTreeSet<&str>> = directive
        .as_array()
        .and_then(|names| names.iter().map(Value::as_str).collect());
    let names = names.ok_or(StrategicFault::RetainKeys)?;
    let sets_another = patch.iter().any(|(name, value)| {
        !value.is_null()
            && !name.starts_with(DELETE_FROM)
            && !name.starts_with(ELEMENT_ORDER)
            && !names.contains(name.as_str())
    });
    if sets_another {
        return Err(StrategicFault::RetainKeys.into());
    }
    live.retain(|name, _| names.contains(name.as_str()));
    Ok(())
}

/// `$setElementOrder/..`: the list is merged here, and its elements get that order. The names of the
/// lists that are done.
fn arrange_lists(
    live: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &Schema,
) -> Result<BTreeSet<String>, StrategicError> {
    let orders: Vec<(String, Value)> = patch
        .iter_mut()
        .filter_map(|(name, order)| {
            let name = name.strip_prefix(ELEMENT_ORDER)?;
            Some((name.to_owned(), std::mem::take(order)))
        })
        .collect();
    let mut done = BTreeSet::new();
    for (name, order) in orders {
        let arranged = arrange(live, patch, schema, &name, order);
        if arranged.map_err(|error| error.inside(&name))? {
            done.insert(name);
        }
    }
    Ok(done)
}

/// Whether the list is done.
fn arrange(
    live: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &Schema,
    name: &str,
    order: Value,
) -> Result<bool, StrategicError> {
    let Value::Array(order) = order else {
        return Err(StrategicFault::ElementOrder.into());
    };
    let patched = match patch.get_mut(name) {
        Some(Value::Array(patched)) => Some(std::mem::take(patched)),
        // The field is removed or becomes something else: there is nothing to arrange.
        Some(_) => return Ok(false),
        None => None,
    };
    let before = match live.get(name) {
        Some(Value::Array(before)) => before.clone(),
        None | Some(Value::Null) if patched.is_none() => return Ok(false),
        None | Some(Value::Null) => Vec::new(),
        Some(other) => return Err(StrategicFault::NotAList(kind_of(other)).into()),
    };
    let strategy = field(schema, name).and_then(merged_list);
    let key = strategy.map_or(Box::default(), |(_, merge)| merge.key);
    if let Some(patched) = patched {
        order::check(&patched, &order, &key)?;
        merge_field(live, name, Value::Array(patched), field(schema, name))?;
    }
    if let Some(Value::Array(merged)) = live.get_mut(name) {
        *merged = order::arrange(std::mem::take(merged), &order, &before, &key);
    }
    Ok(true)
}

/// `$deleteFromPrimitiveList/..`: the list loses these scalars.
fn delete_from(
    live: &mut Map<String, Value>,
    name: &str,
    values: &Value,
) -> Result<(), StrategicError> {
    let values = values.as_array().ok_or(StrategicFault::PrimitiveList)?;
    if values
        .iter()
        .any(|value| value.is_object() || value.is_array())
    {
        return Err(StrategicFault::PrimitiveList.into());
    }
    let gone: BTreeSet<String> = values.iter().map(Value::to_string).collect();
    match live.get_mut(name) {
        Some(Value::Array(live)) => live.retain(|value| !gone.contains(&value.to_string())),
        None | Some(Value::Null) => {}
        Some(other) => return Err(StrategicFault::NotAList(kind_of(other)).into()),
    }
    Ok(())
}

/// The schema of a field, or of a map's values.
fn field<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    match &schema.shape {
        Shape::Map { values, .. } => Some(values),
        Shape::Struct { fields, .. } => fields.get(name),
        Shape::Any
        | Shape::Boolean
        | Shape::IntOrString
        | Shape::Integer(_)
        | Shape::List { .. }
        | Shape::Number(_)
        | Shape::Reference(_)
        | Shape::String(_) => None,
    }
}

/// The elements of a list and how it is merged; absent where a patch replaces it.
fn merged_list(schema: &Schema) -> Option<(Schema, ListMerge)> {
    match &schema.resolve().shape {
        Shape::List {
            items,
            merge: Some(merge),
            ..
        } => Some((Schema::clone(items), merge.clone())),
        Shape::Any
        | Shape::Boolean
        | Shape::IntOrString
        | Shape::Integer(_)
        | Shape::List { .. }
        | Shape::Map { .. }
        | Shape::Number(_)
        | Shape::Reference(_)
        | Shape::String(_)
        | Shape::Struct { .. } => None,
    }
}

/// An object without its nulls and directives: what is taken as it stands.
pub(super) fn plain(patch: Map<String, Value>) -> Map<String, Value> {
    patch
        .into_iter()
        .filter(|(name, _)| !is_directive(name))
        .filter_map(|(name, value)| Some((name, plain_value(value)?)))
        .collect()
}

fn plain_value(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(object) => Some(Value::Object(plain(object))),
        Value::Array(elements) => {
            let plain = elements.into_iter().filter_map(list::plain_element);
            Some(Value::Array(plain.collect()))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value),
    }
}

fn is_directive(name: &str) -> bool {
    name == DIRECTIVE
        || name == RETAIN_KEYS
        || name.starts_with(DELETE_FROM)
        || name.starts_with(ELEMENT_ORDER)
}

/// What JSON calls it.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
