//! The generated reference: pages of `docs/reference` that are written by program and never by hand.

mod cli;
mod codes;
mod pages;

pub use cli::cli_page;
pub use codes::codes_page;
pub use pages::{check, stale, write};
