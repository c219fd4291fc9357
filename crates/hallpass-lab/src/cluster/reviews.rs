//! Questions put to the API as objects that nobody keeps: who am I, may I, whose is this token.
//!
//! Source: Kubernetes API reference, "Authentication" and "Authorization" resources.

mod access;
mod answer;
mod rules;
mod token;

pub(super) use answer::{answer, is_review};
