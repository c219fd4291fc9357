//! Patches: what an object becomes by one.

use serde_json::{Value, json};

use super::operate::{Operation, PatchKind};
use super::status::Status;
use crate::world::World;

/// The object with the patch applied.
pub(super) fn patched(
    operation: &Operation,
    world: &World,
    kind: PatchKind,
    live: &Value,
    patch: &Value,
) -> Result<Value, Status> {
    let _ = (operation, world, kind);
    let mut object = live.clone();
    merge(&mut object, patch);
    Ok(object)
}

/// The object that a patch makes where there is none.
pub(super) fn apply_new(
    operation: &Operation,
    world: &World,
    patch: &Value,
) -> Result<Value, Status> {
    let _ = (operation, world);
    Ok(patch.clone())
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(fields) = target.as_object_mut() else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            fields.shift_remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}
