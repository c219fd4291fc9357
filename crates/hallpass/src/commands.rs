//! One file a command.

pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod lab;
pub(crate) mod policy;
pub(crate) mod rules;
