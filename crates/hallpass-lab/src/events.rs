//! The event log: every call with its decision and the whole explanation.
//!
//! The wire says no more than AWS's does (`AccessDenied`); here is why. Events are JSON, one a line,
//! in `events.jsonl` of the lab's folder, with one older file beside it, so that the log is bounded.

mod log;
mod writer;

pub use log::EVENT_FILE;
pub(crate) use log::{DecisionRecord, Event, EventError, EventLog, FaultEvent, bounded_user_agent};
