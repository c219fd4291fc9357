//! `hallpass policy simulate`: cases decided as AWS would, from files or line by line.

mod command;
mod files;
mod lines;
mod result;

pub(crate) use command::SimulateArguments;
pub(super) use command::run;
