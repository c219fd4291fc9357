//! In which order the elements of a merged list stand.
//!
//! The elements that a patch names are in the patch's order; those that only the live list has are put
//! among them where the live list has them, as far as both orders allow.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{StrategicError, StrategicFault};
use super::object::DIRECTIVE;

/// What tells an element apart: the field of that name, or with no name the element itself.
pub(super) fn identity(element: &Value, key: &str) -> Option<String> {
    if key.is_empty() {
        return Some(element.to_string());
    }
    element.get(key).map(Value::to_string)
}

/// The merged list in order: `patched` tells that of the elements which the patch names, `live` that
/// of all others.
pub(super) fn arrange(
    merged: Vec<Value>,
    patched: &[Value],
    live: &[Value],
    key: &str,
) -> Vec<Value> {
    let patched = places(patched, key);
    let live = places(live, key);
    let place = |order: &BTreeMap<String, usize>, element: &Value| {
        identity(element, key).and_then(|it| order.get(&it).copied())
    };
    let (mut named, mut others): (Vec<Value>, Vec<Value>) = merged
        .into_iter()
        .partition(|element| place(&patched, element).is_some());
    named.sort_by_cached_key(|element| place(&patched, element).unwrap_or(usize::MAX));
    others.sort_by_cached_key(|element| place(&live, element).unwrap_or(usize::MAX));
    let mut arranged = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for element in named {
        let here = place(&live, &element);
        while let Some(other) = others.next_if(|other| {
            let there = place(&live, other);
            here.zip(there).is_some_and(|(here, there)| there < here)
        }) {
            arranged.push(other);
        }
        arranged.push(element);
    }
    arranged.extend(others);
    arranged
}

/// Whether the patch's elements are among those that its `$setElementOrder` list names, in that order.
pub(super) fn check(patch: &[Value], order: &[Value], key: &str) -> Result<(), StrategicError> {
    let is_named = |element: &Value| element.get(DIRECTIVE).is_none();
    let mut left = order.iter().map(|it| identity(it, key));
    for element in patch.iter().filter(|element| is_named(element)) {
        let wanted = identity(element, key);
        if !left.any(|it| it.cmp(&wanted) == Ordering::Equal) {
            return Err(StrategicFault::OrderMismatch.into());
        }
    }
    Ok(())
}

fn places(order: &[Value], key: &str) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for (place, element) in order.iter().enumerate() {
        if let Some(identity) = identity(element, key) {
            places.entry(identity).or_insert(place);
        }
    }
    places
}
