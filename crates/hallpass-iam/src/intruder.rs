//! Counter-examples: tokens that a trust policy lets in and should keep out.
//!
//! **Invariants.** Each is a token that its issuer could issue, and the engine has said that it passes. None
//! is found where audience and subject are given in full. The search is bounded: a hostile document costs
//! no more than a long one, and has fewer of its intruders found.
//!
//! The patterns of the policy itself are filled with names that the policy does not know: what a wildcard
//! leaves open, a stranger fills.

mod door;
mod glob;
mod search;
mod shape;
mod stranger;
mod strangers;
mod token;
mod wish;

pub(crate) use glob::Glob;
pub(crate) use search::Search;
pub use search::intruders;
pub(crate) use shape::{GITHUB, KUBERNETES};
pub use stranger::{Intruder, Intrusion};
