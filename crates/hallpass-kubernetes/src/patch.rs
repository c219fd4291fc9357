//! JSON patch (RFC 6902) and JSON merge patch (RFC 7386), with an API server's limits and words.
//!
//! Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch"; API concepts,
//! "Patch and apply".

mod error;
mod json;
mod merge;

pub use error::PatchError;
pub use json::json;
pub use merge::merge;
