//! What one document allows or denies that another does not: by meaning, not by text.
//!
//! Requests that no element of either document tells apart are one class. The classes are built from
//! what the documents mention: `atoms` collects it, `glob` makes instances of patterns and of where two
//! patterns meet, `values` those of a condition key, `callers` those of principals. `search` walks the
//! product and leaves a branch as soon as what is left of the two documents is the same. `words` says it
//! to a person, `wire` to a program.
//!
//! **Invariants.** The engine is the only judge: what an element matches is asked of [`crate::decide`],
//! and each difference has a request for which the two documents decide differently. The search is
//! bounded; what cut it is told.

mod atoms;
mod callers;
mod class;
mod compare;
mod describe;
mod glob;
mod meets;
mod probe;
mod search;
mod values;
mod wire;
mod words;

pub(crate) use atoms::variables;
pub use class::{Asking, Comparison, Difference, Place, Witness};
pub use compare::compare;
pub(crate) use probe::{Judge, Keep, Probe};
