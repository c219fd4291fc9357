//! The lab's state: read from memory, written through to an embedded database.
//!
//! **Invariants.** A write is acknowledged only when the database has committed it; killing the
//! process at any moment loses no acknowledged write. Changes reach the database in the order in
//! which they were made in memory. A failed write changes nothing.

mod database;
mod handle;
mod owners;
pub(crate) mod records;
mod state;
mod transaction;

pub(crate) use handle::{Store, StoreFailed};
pub(crate) use state::State;
pub(crate) use transaction::Transaction;
