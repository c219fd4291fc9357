//! `hallpass lab run`: a workflow's job, as a runner of the lab.

mod arguments;
mod command;
mod secrets;
mod show;

pub(crate) use arguments::RunArguments;
pub(super) use command::run;
