//! From what was used to the least policy that still allows it.
//!
//! `record` reads CloudTrail's records and `lab` the lab's event log; `action` and `resource` say what a
//! record needed, `log` gathers it. `narrow` cuts a policy down to it, `caveat` says what the log
//! cannot show.
//!
//! **Invariants.** What was used and the policy allowed, the narrowed policy allows, whatever the
//! conditions; it allows nothing that the policy did not. An event that cannot be mapped to an action is
//! told, never guessed.

mod action;
mod caveat;
mod data_event;
mod lab;
mod log;
mod narrow;
mod pass_role;
mod record;
mod resource;
mod statement;

pub use log::{UseFilter, UseLog, Used};
pub use narrow::{Tightened, tighten};
