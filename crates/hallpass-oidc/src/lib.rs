//! Web identity tokens: claims, keys, sign, verify.

mod algorithm;
mod base64url;
mod discovery;
mod excerpt;
mod json;
mod jwk;
mod key_set;
mod kubernetes;
mod signing_key;
mod stub;

pub use algorithm::Algorithm;
pub use discovery::{Discovery, DiscoveryError, discovery_document};
pub use key_set::{KeySet, KeySetError, SkippedKey, jwks_document};
pub use kubernetes::KubernetesToken;
pub use signing_key::{SigningKey, SigningKeyError};
pub use stub::*;
