//! Two texts that should agree, side by side: where a wanted one and the one that was got part.
//!
//! **Invariants.** The runs of a contrast, put together, are the two texts. There is no different run
//! exactly where the texts agree.

mod align;
mod elide;
mod run;

pub use run::{Contrast, Reading, Run};
