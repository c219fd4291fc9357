//! `hallpass demo`: the article end to end on a fresh lab.

mod account;
mod best;
mod clock;
mod cluster;
mod command;
mod container;
mod difference;
mod error;
mod example;
mod explanation;
mod general;
mod image;
mod registry;
mod runner;
mod stage;
mod story;
mod workflow;

pub(crate) use command::{DemoArguments, run};
