//! An issuer's key set (JWKS): read once, bounded, and asked for a key by its `kid`.
//!
//! Source: RFC 7517 section 5: keys that are not understood are skipped, so that an issuer may
//! publish others beside those that we use.

use serde_json::{Value, json};

use crate::json;
use crate::jwk::{Jwk, KeyType};
use crate::signing_key::SigningKey;

/// The public keys of an issuer, parsed once.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Jwk>,
    skipped: Vec<SkippedKey>,
}

/// A key that was skipped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// Why it cannot be used.
    pub reason: String,
}

impl KeySet {
    /// Reads a JWKS document. Keys that cannot be used are skipped, and kept with the reason.
    pub fn parse(json: &[u8]) -> Result<Self, KeySetError> {
        if json.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge {
                length: json.len(),
                max: MAX_BYTES,
            });
        }
        let document = json::object(json).map_err(|error| KeySetError::NotObject {
            reason: error.to_string(),
        })?;
        let Some(Value::Array(members)) = document.get("keys") else {
            return Err(KeySetError::NoKeys);
        };
        let mut set = Self::default();
        for member in members {
            match Jwk::read(member) {
                Ok(key) => set.keys.push(key),
                Err(reason) => set.skipped.push(SkippedKey {
                    kid: member.get("kid").and_then(Value::as_str).map(str::to_owned),
                    reason,
                }),
            }
        }
        for key_type in [KeyType::Ec, KeyType::Rsa] {
            let count = set
                .keys
                .iter()
                .filter(|key| key.key_type == key_type)
                .count();
            if count > MAX_KEYS_OF_A_TYPE {
                return Err(KeySetError::TooMany {
                    count,
                    max: MAX_KEYS_OF_A_TYPE,
                });
            }
        }
        Ok(set)
    }

    /// Whether a usable key of that `kid` is there.
    pub fn has(&self, kid: &str) -> bool {
        self.of(kid).next().is_some()
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that cannot be used.
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The usable keys of that `kid`. There may be several: RFC 7517 section 4.5 lets keys of
    /// different types share one, and both are the issuer's own.
    pub(crate) fn of(&self, kid: &str) -> impl Iterator<Item = &Jwk> {
        self.keys.iter().filter(move |key| key.kid == kid)
    }

    /// Why the key of that `kid` was skipped.
    pub(crate) fn why_skipped(&self, kid: &str) -> Option<&str> {
        self.skipped
            .iter()
            .find(|key| key.kid.as_deref() == Some(kid))
            .map(|key| key.reason.as_str())
    }
}

/// A JWKS document of these keys.
pub fn jwks_document(keys: &[&SigningKey]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys })
}

/// A hundred keys of 8192 bits are well below; the answer is held in memory while it is read.
const MAX_BYTES: usize = 256 * 1024;
/// IAM User Guide, "Create an OpenID Connect (OIDC) identity provider": STS takes key sets of up to
/// 100 RSA keys and 100 EC keys.
const MAX_KEYS_OF_A_TYPE: usize = 100;

/// A document that is no key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// No list of keys.
    #[error("the key set has no list `keys`")]
    NoKeys,
    /// Not a JSON object.
    #[error("the key set cannot be read: {reason}")]
    NotObject {
        /// What is wrong with it.
        reason: String,
    },
    /// Longer than any honest one.
    #[error("the key set has {length} bytes: at most {max} are taken")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// More keys than STS takes.
    #[error("the key set has {count} keys of one type: at most {max} are taken")]
    TooMany {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Algorithm;

    #[test]
    fn skips_what_it_cannot_use_and_says_why() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let document = json!({"keys": [
            {"kty": "oct", "k": "AA", "kid": "shared"},
            7,
            key.jwk(),
        ], "extra": true});
        let set = KeySet::parse(document.to_string().as_bytes()).unwrap();
        assert!(set.has(key.kid()) && !set.has("shared") && !set.has(""));
        assert_eq!((set.len(), set.skipped().len()), (1, 2));
        assert_eq!(
            set.why_skipped("shared"),
            Some("its type `oct` is neither EC nor RSA")
        );
    }

    #[test]
    fn takes_an_empty_list() {
        let set = KeySet::parse(br#"{"keys":[]}"#).unwrap();
        assert!(set.is_empty());
    }

    #[test]
    fn refuses_what_is_no_key_set() {
        for (text, says) in [
            ("<html>", "not JSON"),
            ("[]", "a list, not an object"),
            ("{}", "no list `keys`"),
            (r#"{"keys":{}}"#, "no list `keys`"),
            (r#"{"keys":[],"keys":[]}"#, "stands twice"),
        ] {
            let error = KeySet::parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
        let large = vec![b' '; MAX_BYTES + 1];
        assert!(matches!(
            KeySet::parse(&large),
            Err(KeySetError::TooLarge { .. })
        ));
    }

    #[test]
    fn refuses_more_keys_than_sts_takes() {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let of = |count| json!({"keys": vec![key.jwk(); count]}).to_string();
        assert!(KeySet::parse(of(100).as_bytes()).is_ok());
        let result = KeySet::parse(of(101).as_bytes());
        assert_eq!(
            result.unwrap_err(),
            KeySetError::TooMany {
                count: 101,
                max: 100
            }
        );
    }
}
