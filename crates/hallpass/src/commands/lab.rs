//! `hallpass lab`: start, stop, look at and use the lab.

mod clock;
mod command;
mod env;
mod events;
mod fault;
mod github;
mod job;
mod member;
mod reset;
mod run;
mod start;
mod status;
mod stop;
mod token;

pub(crate) use command::{LabArguments, run};
