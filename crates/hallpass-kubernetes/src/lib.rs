//! The object model of Kubernetes, as an API server has it: schemas of the built-in kinds and of
//! custom ones, validation, patches, field management, wire formats.
//!
//! **Invariants.** No I/O, no clock: objects, schemas and the time are arguments.
//!
//! **Not here.** Storage, watches, access, controllers: those are the lab's.

pub mod builtin;
mod cause;
pub mod crd;
pub mod fields;
pub mod openapi;
pub mod patch;
mod place;
pub mod protobuf;
mod schema;
pub mod strategic;
pub mod values;

pub use cause::{Cause, CauseReason, invalid_message};
pub use schema::{Checks, Format, ListMerge, ListTopology, Resolved, Schema, Shape};
