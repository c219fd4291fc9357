//! The object model of Kubernetes, as an API server has it: schemas of the built-in kinds and of
//! custom ones, validation, patches, field management, wire formats.
//!
//! **Invariants.** No I/O, no clock: objects, schemas and the time are arguments.
//!
//! **Not here.** Storage, watches, access, controllers: those are the lab's.

mod schema;

pub use schema::{Checks, Format, ListMerge, ListTopology, Schema, Shape};
