//! Faults on demand: what a client must survive, served by the lab when it is asked to.
//!
//! **Invariants.** A fault never changes a decision and never loses an acknowledged write. All but
//! `half-response` show before the call is carried out; `half-response` shows after, so that such a
//! call may have been carried out, as in life.

mod control;
mod cut;
mod disturb;
mod half;
mod table;
mod wish;

pub(crate) use control::{FaultChanges, put_in_force};
pub(crate) use cut::{Cut, HasSwitch};
pub(crate) use disturb::{ResetConnection, disturb, layer};
pub(crate) use table::{FaultKind, Faults};
pub(crate) use wish::parse_duration;
pub use wish::{FaultWish, FaultWishError};
