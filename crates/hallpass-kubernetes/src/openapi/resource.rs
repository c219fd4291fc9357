//! What is served: the input of the documents.

use std::sync::Arc;

use crate::Schema;

/// A resource that the API server serves.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// The API group, empty for the core group.
    pub group: &'a str,
    /// The version.
    pub version: &'a str,
    /// The name in paths.
    pub plural: &'a str,
    /// The kind of its objects.
    pub kind: &'a str,
    /// The kind of a list of them.
    pub list_kind: &'a str,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// What can be done with it, as discovery says: `get`, `list`, `deletecollection` ...
    pub verbs: &'a [&'a str],
    /// Parts of its objects with verbs of their own.
    pub subresources: Vec<Subresource<'a>>,
    /// What its objects are; absent for the API server's own kinds, which are known here, and for
    /// those that may hold anything.
    pub schema: Option<Arc<Schema>>,
}

/// A part of an object that has verbs of its own.
#[derive(Clone, Debug)]
pub struct Subresource<'a> {
    /// The name in paths, such as `status`.
    pub name: &'a str,
    /// The group, version and kind of what is sent there, where it is not the object's own.
    pub kind: Option<(&'a str, &'a str, &'a str)>,
    /// What can be done with it.
    pub verbs: &'a [&'a str],
}

impl Resource<'_> {
    /// Where its group and version are: `/api/v1`, `/apis/batch/v1`.
    pub(super) fn base(&self) -> String {
        if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        }
    }
}
