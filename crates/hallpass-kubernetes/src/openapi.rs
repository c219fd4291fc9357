//! The documents that tell clients what the API server serves: OpenAPI v2 and v3.
//!
//! Source: Kubernetes documentation, "The Kubernetes API" (OpenAPI interface definition).

use std::sync::Arc;

use serde_json::Value;

use crate::Schema;

/// The media type of the version 2 document as protobuf.
pub const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

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

/// The version 2 document of all that is served.
pub fn v2(resources: &[Resource<'_>]) -> Value {
    let _ = resources;
    Value::default()
}

/// The version 2 document as [`V2_PROTOBUF`].
pub fn v2_protobuf(resources: &[Resource<'_>]) -> Vec<u8> {
    let _ = resources;
    Vec::new()
}

/// The version 3 document of one group and version.
pub fn v3(resources: &[Resource<'_>], group: &str, version: &str) -> Value {
    let _ = (resources, group, version);
    Value::default()
}
