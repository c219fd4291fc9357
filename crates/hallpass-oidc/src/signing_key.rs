//! A private key that signs tokens.
//!
//! Sources: RFC 7515 sections 3.1 and 5.1 (compact serialization), RFC 7518 section 3.4 (ECDSA
//! signatures have a fixed width), RFC 7638 (the thumbprint as key ID), RFC 5208 (PKCS#8).

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use hallpass_types::Secret;
use serde_json::{Map, Value, json};

use crate::algorithm::{Algorithm, Family};
use crate::base64url;
use crate::jwk;

/// A private key, parsed once, with the algorithm that it signs by.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
    kid: String,
    public: Map<String, Value>,
    // The same for each token, encoded, with the full stop.
    head: String,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// Makes a key: RSA of 2048 bits, as clusters make them, or one on the algorithm's curve.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SigningKeyError> {
        let pair = match algorithm.family() {
            Family::Ec(curve) => EcdsaKeyPair::generate(curve.signing).map(Pair::Ec),
            Family::Rsa(_) => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
        };
        Self::new(algorithm, pair.map_err(|_| SigningKeyError::NotMade)?)
    }

    /// Reads a PKCS#8 DER key.
    pub fn from_pkcs8(
        algorithm: Algorithm,
        der: &Secret<Vec<u8>>,
    ) -> Result<Self, SigningKeyError> {
        let pair = match algorithm.family() {
            Family::Ec(curve) => {
                EcdsaKeyPair::from_pkcs8(curve.signing, der.expose()).map(Pair::Ec)
            }
            Family::Rsa(_) => RsaKeyPair::from_pkcs8(der.expose()).map(Pair::Rsa),
        };
        let pair = pair.map_err(|rejected| SigningKeyError::NotRead {
            algorithm,
            reason: rejected.to_string(),
        })?;
        Self::new(algorithm, pair)
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Result<Self, SigningKeyError> {
        let public = match (&pair, algorithm.family()) {
            (Pair::Ec(pair), Family::Ec(curve)) => {
                // An uncompressed point: 4, x, y (SEC 1 section 2.3.3).
                let point = pair.public_key().as_ref();
                let coordinates = point
                    .get(1..)
                    .and_then(|rest| rest.split_at_checked(curve.octets));
                let (x, y) = coordinates.ok_or(SigningKeyError::NotMade)?;
                jwk::ec_members(curve, x, y)
            }
            (Pair::Rsa(pair), Family::Rsa(_)) => {
                let key = pair.public_key();
                jwk::rsa_members(
                    key.modulus().big_endian_without_leading_zero(),
                    key.exponent().big_endian_without_leading_zero(),
                )
            }
            (Pair::Ec(_), Family::Rsa(_)) | (Pair::Rsa(_), Family::Ec(_)) => {
                return Err(SigningKeyError::NotMade);
            }
        };
        let kid = jwk::thumbprint(&public);
        // As a cluster writes it: no `typ`.
        let head = json!({"alg": algorithm.name(), "kid": kid}).to_string();
        Ok(Self {
            algorithm,
            pair,
            kid,
            public,
            head: base64url::encode(head) + ".",
        })
    }

    /// The key as PKCS#8 DER.
    pub fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, SigningKeyError> {
        let der = match &self.pair {
            Pair::Ec(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::Rsa(pair) => pair.as_der().map(|der| der.as_ref().to_vec()),
        };
        der.map(Secret::new)
            .map_err(|_| SigningKeyError::NotWritten)
    }

    /// The algorithm that the key signs by.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key ID: the RFC 7638 thumbprint of the public key, base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK, with kid, use, alg.
    pub fn jwk(&self) -> Value {
        let mut members = self.public.clone();
        members.insert("kid".to_owned(), self.kid.clone().into());
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), self.algorithm.name().into());
        Value::Object(members)
    }

    /// A signed compact token over these claims, which are an object.
    pub fn sign(&self, claims: &Value) -> Result<Secret<String>, SigningKeyError> {
        self.sign_under(self.head.clone(), claims)
    }

    /// The same, with more header parameters than `alg` and `kid`, which are the key's own.
    pub fn sign_with(
        &self,
        header: &Map<String, Value>,
        claims: &Value,
    ) -> Result<Secret<String>, SigningKeyError> {
        let mut members = header.clone();
        members.insert("alg".to_owned(), self.algorithm.name().into());
        members.insert("kid".to_owned(), self.kid.clone().into());
        let head = base64url::encode(Value::Object(members).to_string()) + ".";
        self.sign_under(head, claims)
    }

    fn sign_under(&self, head: String, claims: &Value) -> Result<Secret<String>, SigningKeyError> {
        if !claims.is_object() {
            return Err(SigningKeyError::NotObject);
        }
        let mut token = head + &base64url::encode(claims.to_string());
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        token.push_str(&base64url::encode(signature));
        Ok(Secret::new(token))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
        // aws-lc draws its nonces itself, and ignores the source that this interface asks for.
        let source = SystemRandom::new();
        match (&self.pair, self.algorithm.family()) {
            (Pair::Ec(pair), _) => pair
                .sign(&source, message)
                .map(|signature| signature.as_ref().to_vec()),
            (Pair::Rsa(pair), Family::Rsa(digest)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(digest.signing, &source, message, &mut signature)
                    .map(|()| signature)
            }
            (Pair::Rsa(_), Family::Ec(_)) => return Err(SigningKeyError::NotSigned),
        }
        .map_err(|_| SigningKeyError::NotSigned)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A private key that cannot be made, read, written or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// The cryptographic library could not make it.
    #[error("the signing key could not be made")]
    NotMade,
    /// The claims are not an object.
    #[error("the claims of a token are a JSON object")]
    NotObject,
    /// Not PKCS#8, or a key of another kind.
    #[error("the signing key is no PKCS#8 key for {algorithm}: {reason}")]
    NotRead {
        /// What it was wanted for.
        algorithm: Algorithm,
        /// What the cryptographic library says.
        reason: String,
    },
    /// The cryptographic library could not sign.
    #[error("the token could not be signed")]
    NotSigned,
    /// The cryptographic library could not write it.
    #[error("the signing key could not be written as PKCS#8")]
    NotWritten,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_key_after_pkcs8() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let der = key.to_pkcs8().unwrap();
            let again = SigningKey::from_pkcs8(algorithm, &der).unwrap();
            assert_eq!(again.kid(), key.kid());
            assert_eq!(again.jwk(), key.jwk());
            assert_eq!(key.jwk()["alg"], algorithm.name());
        }
    }

    #[test]
    fn more_header_parameters_stand_beside_its_own() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let more = json!({ "typ": "JWT", "alg": "none", "kid": "another" });
        let token = key
            .sign_with(more.as_object().unwrap(), &json!({}))
            .unwrap();
        let head = token.expose().split('.').next().unwrap();
        let head: Value = serde_json::from_slice(&base64url::decode(head).unwrap()).unwrap();
        assert_eq!(
            head,
            json!({ "typ": "JWT", "alg": "ES256", "kid": key.kid() })
        );
    }

    #[test]
    fn refuses_a_key_of_another_kind() {
        let der = SigningKey::generate(Algorithm::Es256)
            .unwrap()
            .to_pkcs8()
            .unwrap();
        for algorithm in [Algorithm::Rs256, Algorithm::Es384] {
            let error = SigningKey::from_pkcs8(algorithm, &der).unwrap_err();
            assert!(matches!(error, SigningKeyError::NotRead { .. }));
        }
        let garbage = Secret::new(b"garbage".to_vec());
        assert!(SigningKey::from_pkcs8(Algorithm::Es256, &garbage).is_err());
    }

    #[test]
    fn its_debug_form_tells_no_secret() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let told = format!("{key:?}");
        assert!(
            told.starts_with("SigningKey { algorithm: Es256, kid: ") && told.ends_with(", .. }")
        );
        assert_eq!(
            key.sign(&json!([])).unwrap_err(),
            SigningKeyError::NotObject
        );
    }
}
