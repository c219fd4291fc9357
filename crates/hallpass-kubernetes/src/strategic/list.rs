//! How a list is merged by the field that tells its elements apart, or as a set of scalars.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::error::{StrategicError, StrategicFault};
use super::object::{self, DIRECTIVE};
use super::order;
use crate::Schema;

/// The list with the patch's elements merged into it.
pub(super) fn merge(
    live: Vec<Value>,
    patch: Vec<Value>,
    items: &Schema,
    key: &str,
) -> Result<Vec<Value>, StrategicError> {
    let holds_objects = holds_objects(&live, &patch)?;
    if !holds_objects {
        let both = [live.clone(), patch.clone()].concat();
        let mut seen = BTreeSet::new();
        let merged: Vec<Value> = both
            .into_iter()
            .filter(|value| seen.insert(value.to_string()))
            .collect();
        return Ok(order::arrange(merged, &patch, &live, ""));
    }
    if key.is_empty() {
        return Err(StrategicFault::NoKeyDeclared.into());
    }
    let (live, patch) = obey(live, patch, key)?;
    let patch_order: Vec<Value> = patch.iter().map(|element| only(element, key)).collect();
    let live_order: Vec<Value> = live.iter().map(|element| only(element, key)).collect();
    let merged = merge_by_key(live, patch, items, key)?;
    Ok(order::arrange(merged, &patch_order, &live_order, key))
}

/// An element that is taken as it stands; absent for one that is only a directive.
pub(super) fn plain_element(element: Value) -> Option<Value> {
    match element {
        Value::Object(element) if element.contains_key(DIRECTIVE) => None,
        Value::Object(element) => Some(Value::Object(object::plain(element))),
        Value::Array(elements) => {
            let plain = elements.into_iter().filter_map(plain_element);
            Some(Value::Array(plain.collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(element),
    }
}

/// Whether the elements are objects; all must be, or none.
fn holds_objects(live: &[Value], patch: &[Value]) -> Result<bool, StrategicError> {
    let all = || live.iter().chain(patch);
    if all().any(Value::is_array) {
        return Err(StrategicFault::ListOfLists.into());
    }
    let holds = all().any(Value::is_object);
    if holds && !all().all(Value::is_object) {
        return Err(StrategicFault::ElementTypes.into());
    }
    Ok(holds)
}

/// Carries out the elements that are directives: what is left of both lists.
fn obey(
    mut live: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), StrategicError> {
    let mut left = Vec::new();
    let mut gone = BTreeSet::new();
    let mut is_replaced = false;
    for (place, element) in patch.into_iter().enumerate() {
        let at = |fault: StrategicFault| StrategicError::from(fault).inside(&format!("[{place}]"));
        let Some(directive) = element.get(DIRECTIVE) else {
            left.push(element);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let identity = order::identity(&element, key);
                gone.insert(identity.ok_or_else(|| at(no_key(&element, key)))?);
            }
            Some("replace") => is_replaced = true,
            Some("merge") => return Err(at(StrategicFault::ListsMerged)),
            _ => return Err(at(StrategicFault::UnknownDirective(directive.to_string()))),
        }
    }
    if is_replaced {
        return Ok((
            left.into_iter().filter_map(plain_element).collect(),
            Vec::new(),
        ));
    }
    live.retain(|element| order::identity(element, key).is_none_or(|it| !gone.contains(&it)));
    Ok((live, left))
}

fn merge_by_key(
    mut live: Vec<Value>,
    patch: Vec<Value>,
    items: &Schema,
    key: &str,
) -> Result<Vec<Value>, StrategicError> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (place, element) in live.iter().enumerate() {
        if let Some(identity) = order::identity(element, key) {
            // The first of several is the one that is merged.
            places.entry(identity).or_insert(place);
        }
    }
    for (place, element) in patch.into_iter().enumerate() {
        let at = |error: StrategicError| error.inside(&format!("[{place}]"));
        let identity = order::identity(&element, key);
        let identity = identity.ok_or_else(|| at(no_key(&element, key).into()))?;
        let Value::Object(element) = element else {
            continue;
        };
        let found = places.get(&identity).and_then(|place| live.get_mut(*place));
        if let Some(Value::Object(found)) = found {
            object::merge(found, element, items).map_err(at)?;
            continue;
        }
        let mut made = Map::new();
        object::merge(&mut made, element, items).map_err(at)?;
        places.insert(identity, live.len());
        live.push(Value::Object(made));
    }
    Ok(live)
}

/// The element with nothing but the field that tells it apart.
fn only(element: &Value, key: &str) -> Value {
    let value = element.get(key).cloned();
    Value::Object(value.map(|it| (key.to_owned(), it)).into_iter().collect())
}

fn no_key(element: &Value, key: &str) -> StrategicFault {
    StrategicFault::NoMergeKey {
        element: element.to_string(),
        key: key.into(),
    }
}
