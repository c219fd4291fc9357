//! Fields that their manager gave up, and that nobody else has, leave the object.

use serde_json::Value;

use super::element::PathElement;
use super::form::{Form, Known, resolved};
use super::set::FieldSet;

/// Removes the members of the set from the value; objects and lists that this empties leave too,
/// unless they are owned themselves.
pub(super) fn remove(value: &mut Value, set: &FieldSet, owned: &FieldSet, schema: Known<'_>) {
    let nobodys = FieldSet::default();
    let found = resolved(schema);
    match (Form::of(found.as_deref(), value), value) {
        (Form::Object(fields), Value::Object(members)) => {
            for (element, node) in set.iter() {
                let PathElement::Field(name) = element else {
                    continue;
                };
                let Some(value) = members.get_mut(name.as_ref()) else {
                    continue;
                };
                if !node.is_member {
                    let was_empty = is_empty(value);
                    let own = owned.get(element);
                    let owned = own.map_or(&nobodys, |node| &node.below);
                    remove(value, &node.below, owned, fields.field(name).0);
                    if was_empty || !is_empty(value) || own.is_some_and(|node| node.is_member) {
                        continue;
                    }
                }
                members.shift_remove(name.as_ref());
            }
        }
        (Form::List(elements), Value::Array(items)) => {
            let told = elements.elements(items);
            let mut told = told.iter();
            items.retain_mut(|item| {
                let element = told.next();
                let node = element.and_then(|element| set.get(element));
                let own = element.and_then(|element| owned.get(element));
                match node {
                    Some(node) if node.is_member => false,
                    Some(node) => {
                        let owned = own.map_or(&nobodys, |node| &node.below);
                        remove(item, &node.below, owned, Some(elements.items));
                        true
                    }
                    None => true,
                }
            });
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The set, with the objects that the schema names and that hold its members: whoever manages all
/// of what is in such an object may take it away with them.
pub(super) fn with_named(set: &FieldSet, schema: Known<'_>) -> FieldSet {
    let found = resolved(schema);
    let form = Form::expected(found.as_deref());
    let mut named = FieldSet::default();
    for (element, node) in set.iter() {
        let (schema, is_named) = match (&form, element) {
            (Form::Object(fields), PathElement::Field(name)) => fields.field(name),
            (Form::List(elements), _) => (Some(elements.items), false),
            _ => (None, false),
        };
        let below = with_named(&node.below, schema);
        let is_member = node.is_member || (is_named && !below.is_empty());
        named.put(element.clone(), is_member, below);
    }
    named
}
