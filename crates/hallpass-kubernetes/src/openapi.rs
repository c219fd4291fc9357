//! The documents that tell clients what the API server serves: OpenAPI v2 and v3.
//!
//! Sources: Kubernetes documentation, "The Kubernetes API" (OpenAPI interface definition); the
//! extensions as the README of Kubernetes' published specification tells them.

mod definitions;
mod document;
mod gnostic;
mod operation;
mod paths;
mod resource;
mod schema;

pub use document::{v2, v2_protobuf, v3};
pub use resource::{Resource, Subresource};

/// The media type of the version 2 document as protobuf.
///
/// A client that asks for it may write `v2@v1.0`, as all did once; a media type cannot hold an `@`, so
/// no client reads one in an answer.
pub const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The version of OpenAPI that a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V2,
    V3,
}
