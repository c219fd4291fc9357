//! Who calls the API.
//!
//! Source: Kubernetes documentation, "Authenticating".

mod authenticate;
mod user;

pub(super) use authenticate::{ADMINISTRATOR_TOKEN, authenticate};
pub(super) use user::{ANONYMOUS, Caller, MASTERS};
