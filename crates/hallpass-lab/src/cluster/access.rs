//! Who calls the API.
//!
//! Source: Kubernetes documentation, "Authenticating".

mod authenticate;
mod caller;
mod certificate;
mod impersonate;

pub(super) use authenticate::{ADMINISTRATOR_TOKEN, authenticate, by_token};
pub(super) use caller::{Caller, MASTERS};
pub(super) use certificate::{CertificateUser, ClientAuthority};
pub(super) use impersonate::impersonate;
