//! Changes that are no applies: who made them has what they changed.

use serde_json::Value;

use super::compare::Comparison;
use super::managers::{Entry, Managers, is_reset};
use super::request::Request;
use super::set::FieldSet;
use crate::Schema;

/// Notes in `metadata.managedFields` of the changed object who changed what. `old` is absent where
/// the object is made.
///
/// An object that nobody is noted for stays so: what was there before cannot be told apart.
pub fn track_update(old: Option<&Value>, new: &mut Value, request: &Request<'_>, schema: &Schema) {
    let mut managers = managers_of(old, new, request);
    if old.is_some() && managers.entries.is_empty() {
        managers.write(new);
        return;
    }
    update(&mut managers, old, new, request, schema);
    managers.write(new);
}

/// Those that the change starts from: the request's, if it has readable ones; else the object's.
fn managers_of(old: Option<&Value>, new: &Value, request: &Request<'_>) -> Managers {
    let live = || old.map(Managers::of).unwrap_or_default();
    if !request.subresource.is_empty() {
        return live();
    }
    if is_reset(new) {
        return Managers::default();
    }
    match Managers::read(new) {
        Some(managers) if !managers.entries.is_empty() => managers,
        _ => live(),
    }
}

/// Gives the fields that the change made to its manager, and takes them from all others. What the
/// objects say of managers is no field.
pub(super) fn update(
    managers: &mut Managers,
    before: Option<&Value>,
    after: &Value,
    request: &Request<'_>,
    schema: &Schema,
) {
    let mut change = Comparison::of(before, Some(after), Some(schema));
    for name in request.ignores {
        change.ignore(name);
    }
    change.strip();
    let mut taken = change.changed();
    let lost = taken.union(&change.removed);
    for entry in &mut managers.entries {
        entry.set = entry.set.difference(&lost);
    }
    taken = taken.difference(&change.removed);
    if taken.is_empty() {
        return;
    }
    let mut entry = Entry {
        manager: request.manager.to_owned(),
        is_apply: false,
        api_version: request.api_version.to_owned(),
        subresource: request.subresource.to_owned(),
        time: Some(request.now.to_owned()),
        set: FieldSet::default(),
    };
    if let Some(own) = managers.same_as(&entry) {
        entry.set.extend(&own.set);
    }
    entry.set.extend(&taken);
    managers.put(entry);
}
