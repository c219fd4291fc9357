//! The keywords of value validation, read once and asked for each value.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! validation; the messages are those of the API server's JSON schema library.

mod build;
mod evaluate;
mod rules;

pub(crate) use build::CheckBuilder;
pub(crate) use rules::Rules;
