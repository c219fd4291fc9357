//! `hallpass explain`: why a request is allowed or denied, and whom a trust policy lets in.

mod advice;
mod asker;
mod command;
mod comparison;
mod error;
mod key_value;
mod nearest;
mod paint;
mod policies;
mod question;
mod report;
mod show;
mod web_identity;
mod whole;

pub(crate) use command::{ExplainArguments, run};
