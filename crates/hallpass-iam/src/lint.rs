//! What is wrong with a policy that can be read: rules, one file each.
//!
//! **Invariants.** A rule evaluates, it does not look for texts: what it says of a request, the engine
//! says, too. A rule that cannot know keeps silent.

mod check;
mod seen;

pub use check::{check, kind_of};
