//! Server-side apply: a manager's whole opinion of an object, merged with what others manage.

use serde_json::{Map, Value};

use super::compare::{Comparison, set_of};
use super::last_applied;
use super::managers::{Entry, Managers, without_managers};
use super::merge::{merge, without_nulls};
use super::remove::{remove, with_named};
use super::request::{ApplyError, Conflict, Request};
use super::set::FieldSet;
use super::typed::{check, printed};
use super::update::update;
use crate::Schema;

/// The manager of what an object had before anybody applied to it.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// Applies a configuration to the live object, or makes the object where there is none.
///
/// What the manager applied before and does not now leaves the object, unless others manage it. The
/// answer has `metadata.managedFields`; it equals the live object if nothing changes.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    force: bool,
    request: &Request<'_>,
    schema: &Schema,
) -> Result<Value, ApplyError> {
    if has_managers(applied) {
        return Err(ApplyError::ManagedFieldsGiven);
    }
    check(applied, Some(schema))?;
    let mut config = configuration(applied, request, schema);
    if live.is_some() {
        forget_identity(&mut config);
    }
    let mut managers = live.map(Managers::of).unwrap_or_default();
    if let Some(before) = live
        && managers.entries.is_empty()
    {
        adopt(&mut managers, before, request, schema);
    }
    let mut entry = entry_of(&config, request, schema);
    let last = managers.same_as(&entry).cloned();
    entry.time = last.as_ref().and_then(|last| last.time.clone());
    managers.put(entry.clone());
    let mut merged = match live {
        Some(before) => merge(before, &config, Some(schema)),
        None => config.clone(),
    };
    if let Some(last) = &last {
        give_up(&mut merged, &last.set, &managers, schema);
    }
    let mut change = Comparison::of(live, Some(&merged), Some(schema));
    for name in request.ignores {
        change.ignore(name);
    }
    // Nobody applies what tells the object: it is the same on both sides.
    change.strip();
    let is_same = change == Comparison::default();
    let conflicts = conflicts(&managers, &entry, &change);
    if !force && !conflicts.is_empty() {
        let allowed = live.map_or_else(FieldSet::default, |live| {
            last_applied::allowed(live, request.manager, Some(schema))
        });
        let left = told(&conflicts, &allowed);
        if !left.is_empty() {
            return Err(ApplyError::Conflicts(left));
        }
    }
    drop(conflicts);
    let taken = change.changed().union(&change.removed);
    for other in &mut managers.entries {
        if !other.is_same(&entry) {
            other.set = other.set.difference(&taken);
        }
    }
    if let Some(before) = live.filter(|_| is_same) {
        merged.clone_from(before);
    }
    last_applied::keep_in_step(&mut merged, applied, request.manager);
    let changed_time = !is_same || entry.time.is_none();
    if changed_time {
        entry.time = Some(request.now.to_owned());
        managers.put(entry);
    }
    if !merged.get("metadata").is_some_and(Value::is_object)
        && let Value::Object(members) = &mut merged
    {
        members.insert("metadata".to_owned(), Value::Object(Map::new()));
    }
    managers.write(&mut merged);
    Ok(merged)
}

fn has_managers(applied: &Value) -> bool {
    match applied.pointer("/metadata/managedFields") {
        None | Some(Value::Null) => false,
        Some(Value::Array(entries)) => !entries.is_empty(),
        Some(_) => true,
    }
}

/// What of the configuration this endpoint takes.
fn configuration(applied: &Value, request: &Request<'_>, schema: &Schema) -> Value {
    let mut config = without_managers(&without_nulls(applied, Some(schema)));
    if let Value::Object(members) = &mut config {
        for name in request.ignores {
            // The metadata tells which object it is.
            if *name != "metadata" {
                members.shift_remove(*name);
            }
        }
    }
    if request.ignores.contains(&"metadata")
        && let Some(Value::Object(metadata)) = config.get_mut("metadata")
    {
        metadata.retain(|name, _| matches!(name.as_str(), "name" | "namespace" | "uid"));
    }
    config
}

/// Takes out what the API server keeps of an object that is there: a configuration may tell it, as
/// a condition, but never changes it.
fn forget_identity(config: &mut Value) {
    if let Some(Value::Object(metadata)) = config.get_mut("metadata") {
        for name in [
            "creationTimestamp",
            "generation",
            "resourceVersion",
            "selfLink",
            "uid",
        ] {
            metadata.shift_remove(name);
        }
    }
}

fn entry_of(config: &Value, request: &Request<'_>, schema: &Schema) -> Entry {
    let mut set = set_of(config, Some(schema));
    set.strip();
    Entry {
        manager: request.manager.to_owned(),
        is_apply: true,
        api_version: request.api_version.to_owned(),
        subresource: request.subresource.to_owned(),
        time: None,
        set,
    }
}

/// Notes a manager for what is there, of which nobody knows whose it is.
fn adopt(managers: &mut Managers, live: &Value, request: &Request<'_>, schema: &Schema) {
    let request = Request {
        manager: BEFORE_FIRST_APPLY,
        subresource: "",
        ..*request
    };
    update(managers, None, live, &request, schema);
}

/// Removes what the manager had and has no longer, unless another has it.
fn give_up(merged: &mut Value, last: &FieldSet, managers: &Managers, schema: &Schema) {
    let schema = Some(schema);
    let mut owned = FieldSet::default();
    for entry in &managers.entries {
        owned.extend(&with_named(&entry.set, schema));
    }
    let given_up = with_named(last, schema).difference(&owned);
    remove(merged, &given_up, &owned, schema);
}

/// What others have of what changes.
fn conflicts<'m>(
    managers: &'m Managers,
    own: &Entry,
    change: &Comparison,
) -> Vec<(&'m Entry, FieldSet)> {
    let changed = change.changed();
    let others = managers.entries.iter().filter(|entry| !entry.is_same(own));
    others
        .map(|entry| (entry, entry.set.intersection(&changed)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect()
}

/// The conflicts as they are told, without those that are allowed.
fn told(conflicts: &[(&Entry, FieldSet)], allowed: &FieldSet) -> Vec<Conflict> {
    let mut told = Vec::new();
    for (entry, fields) in conflicts {
        for path in fields.difference(allowed).paths() {
            told.push(Conflict {
                manager: entry.printed(),
                path: printed(&path),
            });
        }
    }
    told.sort();
    told
}
