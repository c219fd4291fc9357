//! `hallpass policy`: check, compare, try and tighten policy documents on disk.

mod check;
mod command;
mod diff;
mod kind;
mod simulate;
mod tighten;

pub(crate) use command::{PolicyArguments, run};
