//! The embedded AWS account and cluster: real protocols on loopback, real policy decisions.
//!
//! **Invariants.** Servers bind to loopback and connect to loopback only. Every decision is the
//! policy engine's, and is explained in the event log. An acknowledged write survives the process.
//!
//! **Not here.** Clients: the lab never uses the adapters that hallpass itself uses, so that each
//! checks the other.

mod aws;
mod captive;
mod chance;
mod clock;
mod cluster;
mod config;
mod control;
mod description;
mod error;
mod events;
mod faults;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod github;
mod identity;
mod lab;
mod listen;
mod registry;
mod sessions;
mod store;
mod world;

pub use chance::SystemChance;
pub use config::Config;
pub use description::Description;
pub use error::LabError;
pub use events::EVENT_FILE;
pub use faults::{FaultWish, FaultWishError};
pub use identity::LabIdentity;
pub use lab::Lab;
