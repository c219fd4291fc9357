//! `hallpass policy check`: what is wrong with policy documents, as text, JSON or SARIF.

mod checked;
mod command;
mod report;
mod sarif;

pub(super) use command::{CheckArguments, run};
