//! The types of the API server's own kinds, by their names in OpenAPI.
//!
//! Source: `data/kinds.txt`, whose head tells where it comes from.

use std::sync::Arc;

use crate::Schema;

/// A kind that the API server has of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The kind of its objects.
    pub kind: &'static str,
    /// The name of its type in OpenAPI, such as `io.k8s.api.core.v1.Pod`.
    pub definition: &'static str,
}

/// All of them, by group, version and kind.
pub fn kinds() -> &'static [Kind] {
    &[]
}

/// The type of that name in OpenAPI, such as `io.k8s.api.core.v1.PodSpec`.
pub fn definition(name: &str) -> Option<Arc<Schema>> {
    let _ = name;
    None
}

/// The type of the kind's objects.
pub fn schema_of(group: &str, version: &str, kind: &str) -> Option<Arc<Schema>> {
    let found = kinds()
        .iter()
        .find(|it| it.group == group && it.version == version && it.kind == kind)?;
    definition(found.definition)
}
