//! Strategic merge patch: a merge patch that knows how lists are merged.
//!
//! Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch".

use serde_json::Value;

use crate::Schema;

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategicError {
    /// The patch is no object.
    #[error("a strategic merge patch is an object")]
    NotAnObject,
}

/// The object with the patch applied.
pub fn apply(live: &Value, patch: &Value, schema: &Schema) -> Result<Value, StrategicError> {
    let _ = (live, patch, schema);
    Err(StrategicError::NotAnObject)
}
