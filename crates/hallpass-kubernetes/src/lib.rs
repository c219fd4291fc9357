//! The object model of Kubernetes, as an API server has it: schemas of the built-in kinds and of
//! custom ones, validation, patches, field management, wire formats.
//!
//! **Invariants.** No I/O, no clock: objects, schemas and the time are arguments.
//!
//! **Not here.** Storage, watches, access, controllers: those are the lab's.

pub mod builtin;
pub mod openapi;
pub mod protobuf;
mod schema;
pub mod strategic;

pub use schema::{Checks, Format, ListMerge, ListTopology, Resolved, Schema, Shape};
