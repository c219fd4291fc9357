//! The command line: parse, call, print.
//!
//! **Invariants.** This crate alone prints, reads the environment and exits. Data goes to stdout,
//! everything else to stderr. Exit codes mean what `exit` says, for ever.
//!
//! **Not here.** Decisions: they live in the crates below.

mod cli;
mod commands;
mod control;
mod docker;
mod environment;
mod exit;
mod output;
mod policy_file;
mod run;
mod snippet;
mod wire;

pub use cli::command;
pub use run::main;
