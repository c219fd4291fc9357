//! Codes, spans and positions: how hallpass names what it says, and where.
//!
//! **Invariants.** A code, once published, keeps its meaning for ever; each has a page in
//! `docs/codes/`, held by `cargo xtask tidy`.
//!
//! **Not here.** Rendering: that is the CLI's.

mod code;
mod contrast;
mod finding;
mod position;
mod report;
mod span;

pub use code::{Code, CodeError};
pub use contrast::{Contrast, Reading, Run};
pub use finding::{Confidence, Finding, Label, Severity};
pub use position::{LineIndex, Position};
pub use report::Report;
pub use span::Span;
