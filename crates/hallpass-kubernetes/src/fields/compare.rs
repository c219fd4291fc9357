//! Which fields two versions of an object differ in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element::PathElement;
use super::form::{Elements, Fields, Form, Known, resolved};
use super::set::FieldSet;

/// The fields in which an object differs from what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

impl Comparison {
    /// Compares whole objects.
    pub(super) fn of(old: Option<&Value>, new: Option<&Value>, schema: Known<'_>) -> Self {
        compare(old, new, schema).1
    }

    /// What the change took or made.
    pub(super) fn changed(&self) -> FieldSet {
        self.added.union(&self.modified)
    }

    /// Leaves out a field of the object and all below it.
    pub(super) fn ignore(&mut self, name: &str) {
        for set in [&mut self.added, &mut self.modified, &mut self.removed] {
            set.cut(name);
        }
    }

    /// Leaves out what nobody manages.
    pub(super) fn strip(&mut self) {
        for set in [&mut self.added, &mut self.modified, &mut self.removed] {
            set.strip();
        }
    }

    fn put(&mut self, element: &PathElement, own: Own, below: Self) {
        let Self {
            added,
            modified,
            removed,
        } = below;
        self.added.put(element.clone(), own == Own::Added, added);
        self.modified
            .put(element.clone(), own == Own::Modified, modified);
        self.removed
            .put(element.clone(), own == Own::Removed, removed);
    }
}

/// What became of a field itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Added,
    Modified,
    Removed,
    Same,
}

fn compare(old: Option<&Value>, new: Option<&Value>, schema: Known<'_>) -> (Own, Comparison) {
    let nothing = Comparison::default();
    if old == new {
        return (Own::Same, nothing);
    }
    let found = resolved(schema);
    let form =
        |value: Option<&Value>| value.map_or(Form::Leaf, |value| Form::of(found.as_deref(), value));
    let own = match (old, new) {
        (None, None) => Own::Same,
        (None, Some(_)) => Own::Added,
        (Some(_), None) => Own::Removed,
        (Some(_), Some(_)) => Own::Modified,
    };
    // A `null` beside an object is an object without fields.
    let is_nothing = |value: Option<&Value>| value.is_none_or(Value::is_null);
    match (form(old), form(new)) {
        (Form::Leaf, Form::Leaf) => (own, nothing),
        (Form::Object(fields), Form::Object(_)) => (Own::Same, objects(old, new, &fields)),
        (Form::List(elements), Form::List(_)) => (Own::Same, lists(old, new, &elements)),
        (Form::Object(fields), _) | (_, Form::Object(fields)) => {
            let own = of_container(own, is_nothing(old) || is_nothing(new));
            (own, objects(old, new, &fields))
        }
        (Form::List(elements), Form::Leaf) | (Form::Leaf, Form::List(elements)) => {
            let own = of_container(own, is_nothing(old) || is_nothing(new));
            (own, lists(old, new, &elements))
        }
    }
}

/// What became of an object or list that stands against what is none.
fn of_container(own: Own, is_against_nothing: bool) -> Own {
    match own {
        Own::Modified if is_against_nothing => Own::Same,
        other => other,
    }
}

fn objects(old: Option<&Value>, new: Option<&Value>, fields: &Fields<'_>) -> Comparison {
    let empty = Map::new();
    let (old, new) = (
        old.and_then(Value::as_object).unwrap_or(&empty),
        new.and_then(Value::as_object).unwrap_or(&empty),
    );
    let mut found = Comparison::default();
    let others = new.keys().filter(|name| !old.contains_key(name.as_str()));
    for name in old.keys().chain(others) {
        let (schema, _) = fields.field(name);
        let (own, below) = compare(old.get(name), new.get(name), schema);
        let has_below = below != Comparison::default();
        let is_quiet = has_below && fields.is_always_there(name);
        let own = if is_quiet { Own::Same } else { own };
        found.put(&PathElement::Field(name.as_str().into()), own, below);
    }
    found
}

fn lists(old: Option<&Value>, new: Option<&Value>, elements: &Elements<'_>) -> Comparison {
    let (old, new) = (by_element(old, elements), by_element(new, elements));
    let mut found = Comparison::default();
    let others = new.keys().filter(|element| !old.contains_key(element));
    for element in old.keys().chain(others) {
        let (old, new) = (old.get(element).copied(), new.get(element).copied());
        let (own, below) = compare(old, new, Some(elements.items));
        found.put(element, own, below);
    }
    found
}

fn by_element<'v>(
    list: Option<&'v Value>,
    elements: &Elements<'_>,
) -> BTreeMap<PathElement, &'v Value> {
    let items = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut found = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        found.entry(elements.element(index, item)).or_insert(item);
    }
    found
}

/// The fields that a configuration has an opinion about.
pub(super) fn set_of(value: &Value, schema: Known<'_>) -> FieldSet {
    let mut set = FieldSet::default();
    let found = resolved(schema);
    match (Form::of(found.as_deref(), value), value) {
        (Form::Object(fields), Value::Object(members)) => {
            for (name, value) in members {
                let (schema, is_named) = fields.field(name);
                let below = set_of(value, schema);
                // Of what the schema names, what is inside tells enough; a key of the user's is told
                // itself.
                let is_member = !is_named || is_leaf(value, schema) || is_empty_object(value);
                set.put(PathElement::Field(name.as_str().into()), is_member, below);
            }
        }
        (Form::List(elements), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let below = set_of(item, Some(elements.items));
                set.put(elements.element(index, item), true, below);
            }
        }
        // A leaf has nothing below it.
        _ => {}
    }
    set
}

fn is_leaf(value: &Value, schema: Known<'_>) -> bool {
    let found = resolved(schema);
    matches!(Form::of(found.as_deref(), value), Form::Leaf)
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}
