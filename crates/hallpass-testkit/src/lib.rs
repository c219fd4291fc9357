//! What tests share: a clock that stands still until told, and chance that repeats itself.
//!
//! **Not here.** Anything that ships.

mod chance;
mod clock;

pub use chance::SeededChance;
pub use clock::TestClock;
