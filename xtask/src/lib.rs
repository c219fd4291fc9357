//! What keeps hallpass's own tree in order: the tidy rules, the generated reference, and the runner
//! that plays the commands written in the README and the guides.
//!
//! **Not here.** Anything a user gets: this crate is never shipped.

mod fault;
mod source;

pub mod console;
pub mod generate;
pub mod tidy;
pub mod tree;

pub use fault::Fault;
