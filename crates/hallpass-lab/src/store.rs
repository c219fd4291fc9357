//! The lab's state: read from memory, written through to an embedded database.
//!
//! **Invariants.** A write is acknowledged only when the database has committed it; killing the
//! process at any moment loses no acknowledged write. Changes reach the database in the order in
//! which they were made in memory. A failed write changes nothing.

mod controls;
mod database;
mod handle;
mod owners;
pub(crate) mod records;
mod state;
mod transaction;

pub(crate) use controls::AccountControls;
pub(crate) use handle::{AccountStore, Store, StoreFailed};
pub(crate) use state::{AccountState, FIRST_ACCOUNT, OrganizationState, State};
pub(crate) use transaction::{AccountTransaction, Transaction};

#[cfg(test)]
mod tests;
