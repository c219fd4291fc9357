//! Keys of issuers, as STS gets them: from the issuer itself, over HTTPS, and then kept for a while.
//!
//! The lab's own issuer is asked like any other. Sources: OpenID Connect Discovery 1.0 section 4
//! (where an issuer says where its keys are); AWS knowledge center, `InvalidIdentityToken` (both
//! documents must come with status 200 and within five seconds; too many requests to the issuer are a
//! known cause of failures, hence the care here).

mod address;
mod allowance;
mod cache;
mod error;
mod fetch;
mod slot;

pub(crate) use address::{Routes, Target};
pub(crate) use cache::IssuerKeys;
pub(super) use error::FetchError;

#[cfg(test)]
mod tests;
