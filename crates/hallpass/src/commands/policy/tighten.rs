//! `hallpass policy tighten`: the least policy that still allows what was used.

mod command;
mod events;
mod show;
mod write;

pub(super) use command::{TightenArguments, run};
