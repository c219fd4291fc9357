//! The contract, to be replaced by the real files.
use crate::{Algorithm, KeySet};
use hallpass_types::Timestamp;
use serde_json::Value;
use std::time::Duration;
/// The header of a token.
#[derive(Debug)]
pub struct Header {
    /// .
    pub alg: Algorithm,
    /// .
    pub kid: Option<String>,
}
/// A token as it came: parsed, believed in nothing.
#[derive(Debug)]
pub struct UnverifiedToken;
impl UnverifiedToken {
    /// .
    pub fn parse(_text: &str) -> Result<Self, TokenError> {
        unimplemented!()
    }
    /// .
    pub fn header(&self) -> &Header {
        unimplemented!()
    }
    /// The claimed issuer.
    pub fn issuer(&self) -> Result<&str, TokenError> {
        unimplemented!()
    }
    /// The claimed subject.
    pub fn subject(&self) -> Option<&str> {
        unimplemented!()
    }
    /// .
    pub fn verify_signature(self, _keys: &KeySet) -> Result<SignedToken, TokenError> {
        unimplemented!()
    }
}
/// A token whose signature holds.
#[derive(Debug)]
pub struct SignedToken;
impl SignedToken {
    /// .
    pub fn check_times(&self, _now: Timestamp, _leeway: Duration) -> Result<(), TokenError> {
        unimplemented!()
    }
    /// .
    pub fn check_audience(&self, _client_ids: &[String]) -> Result<(), TokenError> {
        unimplemented!()
    }
    /// .
    pub fn into_claims(self) -> Claims {
        unimplemented!()
    }
}
/// The claims of a token.
#[derive(Debug)]
pub struct Claims;
impl Claims {
    /// .
    pub fn sub(&self) -> Option<&str> {
        unimplemented!()
    }
    /// .
    pub fn azp(&self) -> Option<&str> {
        unimplemented!()
    }
    /// .
    pub fn aud(&self) -> Vec<&str> {
        unimplemented!()
    }
    /// .
    pub fn get(&self, _name: &str) -> Option<&Value> {
        unimplemented!()
    }
}
/// The condition keys that AWS makes of a token (FACTS.md, What AWS can see of a token).
pub fn condition_keys(_provider_url: &str, _claims: &Claims) -> Vec<(String, Vec<String>)> {
    unimplemented!()
}
/// Why a token is refused.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub enum TokenError {
    /// .
    BadSignature,
    /// .
    Expired {
        /// .
        at: Timestamp,
        /// .
        now: Timestamp,
    },
    /// .
    IssuedInFuture {
        /// .
        at: Timestamp,
        /// .
        now: Timestamp,
    },
    /// .
    NotYetValid {
        /// .
        at: Timestamp,
        /// .
        now: Timestamp,
    },
    /// .
    MissingClaim {
        /// .
        name: &'static str,
    },
    /// .
    NoKid,
    /// .
    UnknownKid {
        /// .
        kid: String,
    },
    /// .
    WrongAudience {
        /// .
        wanted: Vec<String>,
        /// .
        got: Vec<String>,
    },
    /// many more: unsupported alg, none, crit, too large, malformed part, ...
    Malformed,
}
