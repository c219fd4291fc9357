//! The contract, to be replaced by the real files.
use hallpass_types::{Chance, Secret, ServiceAccountName, Timestamp};
use serde_json::Value;
use std::time::Duration;
/// Signature algorithms that IAM takes (issue 2): RS/ES 256, 384, 512.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// .
    Es256,
    /// .
    Es384,
    /// .
    Es512,
    /// .
    Rs256,
    /// .
    Rs384,
    /// .
    Rs512,
}
/// The public keys of an issuer (a JWKS), parsed once, bounded in number and size.
#[derive(Debug)]
pub struct KeySet;
impl KeySet {
    /// Reads a JWKS document; keys of unusable type are skipped, as RFC 7517 section 5 asks.
    pub fn parse(_json: &[u8]) -> Result<Self, KeySetError> {
        unimplemented!()
    }
    /// Whether a key of that `kid` is there.
    pub fn has(&self, _kid: &str) -> bool {
        unimplemented!()
    }
}
/// .
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct KeySetError;
/// A private key that signs tokens.
#[derive(Debug)]
pub struct SigningKey;
impl SigningKey {
    /// Makes a key: RSA 2048 for RS*, the curve for ES*.
    pub fn generate(_algorithm: Algorithm) -> Result<Self, SigningKeyError> {
        unimplemented!()
    }
    /// Reads a PKCS#8 DER key.
    pub fn from_pkcs8(
        _algorithm: Algorithm,
        _der: &Secret<Vec<u8>>,
    ) -> Result<Self, SigningKeyError> {
        unimplemented!()
    }
    /// The key as PKCS#8 DER.
    pub fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, SigningKeyError> {
        unimplemented!()
    }
    /// The key ID: the RFC 7638 thumbprint of the public key, base64url.
    pub fn kid(&self) -> &str {
        unimplemented!()
    }
    /// The public key as a JWK, with kid, use, alg.
    pub fn jwk(&self) -> Value {
        unimplemented!()
    }
    /// A signed compact token over these claims (an object).
    pub fn sign(&self, _claims: &Value) -> Result<Secret<String>, SigningKeyError> {
        unimplemented!()
    }
}
/// .
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct SigningKeyError;
/// The discovery document of an issuer.
pub fn discovery_document(_issuer: &str, _jwks_uri: &str, _algorithms: &[Algorithm]) -> Value {
    unimplemented!()
}
/// A JWKS document of these keys.
pub fn jwks_document(_keys: &[&SigningKey]) -> Value {
    unimplemented!()
}
/// A discovery document as fetched.
#[derive(Debug)]
pub struct Discovery {
    /// .
    pub issuer: String,
    /// .
    pub jwks_uri: String,
}
impl Discovery {
    /// Reads it; its `issuer` must be exactly the one that was asked.
    pub fn parse(_json: &[u8], _asked: &str) -> Result<Self, DiscoveryError> {
        unimplemented!()
    }
}
/// .
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct DiscoveryError;
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
/// What a Kubernetes service account token is about.
#[derive(Clone, Debug)]
pub struct KubernetesToken {
    /// .
    pub issuer: String,
    /// .
    pub account: ServiceAccountName,
    /// .
    pub account_uid: String,
    /// .
    pub audiences: Vec<String>,
    /// (name, uid)
    pub pod: Option<(String, String)>,
    /// (name, uid)
    pub node: Option<(String, String)>,
    /// .
    pub issued: Timestamp,
    /// .
    pub lifetime: Duration,
}
impl KubernetesToken {
    /// The claims exactly as a cluster of today writes them, with a random jti.
    pub fn claims(&self, _chance: &dyn Chance) -> Value {
        unimplemented!()
    }
}
