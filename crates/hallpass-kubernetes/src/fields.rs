//! Who manages which field of an object: server-side apply and `metadata.managedFields`.
//!
//! Source: Kubernetes documentation, "Server-Side Apply".

mod request;
mod stub;

pub use request::{ApplyError, Conflict, Request};
pub use stub::{apply, track_update};
