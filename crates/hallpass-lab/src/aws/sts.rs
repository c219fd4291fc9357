//! Security Token Service: web identities and roles become short-lived credentials.
//!
//! Source: AWS STS API Reference; messages as AWS writes them, where public threads quote them.

mod assume_role;
mod credentials;
mod decode;
mod dispatch;
mod grant;
mod issuer_keys;
mod session_token;
mod web_identity;
mod web_token;
mod whoami;

pub(crate) use decode::encode_denial;
pub(crate) use dispatch::{dispatch, is_unsigned};
pub(crate) use issuer_keys::{IssuerKeys, Routes, Target};
