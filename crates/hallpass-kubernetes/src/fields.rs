//! Who manages which field of an object: server-side apply and `metadata.managedFields`.
//!
//! ```text
//!  configuration --set_of--> fields wanted ---.
//!        |                                    |
//!  live -merge-> merged -remove given up--> compare with live --> conflicts | new owners
//! ```
//!
//! Source: Kubernetes documentation, "Server-Side Apply"; KEP-555.

mod apply;
mod compare;
mod element;
mod form;
mod json;
mod last_applied;
mod managers;
mod merge;
mod remove;
mod request;
mod set;
mod typed;
mod update;

pub use apply::apply;
pub use element::PathElement;
pub use json::FieldsError;
pub use request::{ApplyError, Conflict, Request};
pub use set::FieldSet;
pub use update::track_update;
