//! A configuration laid over an object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element::PathElement;
use super::form::{Elements, Form, Known, resolved};

/// The object with the configuration laid over it: what is shared is merged, all else is replaced.
pub(super) fn merge(live: &Value, applied: &Value, schema: Known<'_>) -> Value {
    let found = resolved(schema);
    match (Form::of(found.as_deref(), applied), live, applied) {
        (Form::Object(fields), Value::Object(live), Value::Object(applied)) => {
            let mut merged = live.clone();
            for (name, value) in applied {
                match merged.get_mut(name) {
                    Some(own) => {
                        let (schema, _) = fields.field(name);
                        *own = merge(own, value, schema);
                    }
                    None => {
                        merged.insert(name.clone(), value.clone());
                    }
                }
            }
            Value::Object(merged)
        }
        (Form::List(elements), Value::Array(live), Value::Array(applied)) => {
            Value::Array(lists(live, applied, &elements))
        }
        _ => applied.clone(),
    }
}

/// The elements of the configuration in its order; those of the object alone stay behind the
/// element that they stood behind.
fn lists(live: &[Value], applied: &[Value], elements: &Elements<'_>) -> Vec<Value> {
    let live_elements = elements.elements(live);
    let applied_elements = elements.elements(applied);
    let wanted: BTreeMap<&PathElement, &Value> = applied_elements.iter().zip(applied).collect();
    let present: BTreeMap<&PathElement, &Value> = live_elements.iter().zip(live).rev().collect();
    let mut merged = Vec::with_capacity(live.len() + applied.len());
    let mut rest = live_elements.iter().zip(live).peekable();
    let mut taken: Vec<&PathElement> = Vec::new();
    for (element, value) in applied_elements.iter().zip(applied) {
        // Before it: what only the object has, up to the next shared element.
        while let Some((own, item)) = rest.peek() {
            if !wanted.contains_key(own) {
                merged.push((*item).clone());
            } else if !taken.contains(own) {
                break;
            }
            rest.next();
        }
        merged.push(match present.get(element) {
            Some(own) => merge(own, value, Some(elements.items)),
            None => value.clone(),
        });
        taken.push(element);
    }
    for (own, item) in rest {
        if !wanted.contains_key(own) {
            merged.push(item.clone());
        }
    }
    merged
}

/// Drops the `null`s of objects: a configuration that says nothing of a field has no opinion of it.
pub(super) fn without_nulls(value: &Value, schema: Known<'_>) -> Value {
    let found = resolved(schema);
    match (Form::of(found.as_deref(), value), value) {
        (Form::Object(fields), Value::Object(members)) => {
            let mut kept = Map::new();
            for (name, value) in members {
                let (schema, _) = fields.field(name);
                let is_nullable = schema.is_none_or(|schema| schema.resolve().is_nullable);
                if !value.is_null() || is_nullable {
                    kept.insert(name.clone(), without_nulls(value, schema));
                }
            }
            Value::Object(kept)
        }
        (Form::List(elements), Value::Array(items)) => {
            let items = items
                .iter()
                .map(|item| without_nulls(item, Some(elements.items)));
            Value::Array(items.collect())
        }
        _ => value.clone(),
    }
}
