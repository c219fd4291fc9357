//! Stub of server-side apply: a merge without owners.

use serde_json::{Value, json};

use super::{ApplyError, Request};
use crate::Schema;

/// Applies a configuration to an object, or makes it.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    force: bool,
    request: &Request<'_>,
    schema: &Schema,
) -> Result<Value, ApplyError> {
    let _ = (force, request, schema);
    let mut merged = live.cloned().unwrap_or_else(|| json!({}));
    let _ = crate::patch::merge(&mut merged, applied);
    Ok(merged)
}

/// Notes in `metadata.managedFields` of the changed object who changed what.
pub fn track_update(old: Option<&Value>, new: &mut Value, request: &Request<'_>, schema: &Schema) {
    let _ = (old, new, request, schema);
}
