//! The discovery document: where an issuer says where its keys are.
//!
//! Sources: OpenID Connect Discovery 1.0 section 3 (members), section 4.3 (`issuer` must be exactly
//! the one that was asked); Kubernetes documentation, "Configure Service Accounts for Pods", service
//! account issuer discovery (the members that an API server writes).

use serde_json::{Value, json};

use crate::algorithm::Algorithm;
use crate::excerpt::excerpt;
use crate::json;

/// The discovery document of an issuer, as an API server writes it.
pub fn discovery_document(issuer: &str, jwks_uri: &str, algorithms: &[Algorithm]) -> Value {
    let algorithms: Vec<&str> = algorithms.iter().map(|each| each.name()).collect();
    json!({
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    })
}

/// A discovery document as fetched: what verification needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The issuer, which is the one that was asked.
    pub issuer: String,
    /// Where the keys are, over https.
    pub jwks_uri: String,
}

impl Discovery {
    /// Reads it; its `issuer` must be exactly the one that was `asked`.
    pub fn parse(json: &[u8], asked: &str) -> Result<Self, DiscoveryError> {
        if json.len() > MAX_BYTES {
            return Err(DiscoveryError::TooLarge {
                length: json.len(),
                max: MAX_BYTES,
            });
        }
        let document = json::object(json).map_err(|error| DiscoveryError::NotObject {
            reason: error.to_string(),
        })?;
        let text = |name: &'static str| {
            document
                .get(name)
                .and_then(Value::as_str)
                .ok_or(DiscoveryError::Missing { name })
        };
        let issuer = text("issuer")?;
        if issuer != asked {
            return Err(DiscoveryError::OtherIssuer {
                asked: asked.to_owned(),
                found: excerpt(issuer),
            });
        }
        let jwks_uri = text("jwks_uri")?;
        if !jwks_uri.starts_with("https://") {
            return Err(DiscoveryError::KeysWithoutTls {
                found: excerpt(jwks_uri),
            });
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            jwks_uri: jwks_uri.to_owned(),
        })
    }
}

/// The longest documents of large providers are some 5 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// A document that is no discovery document of the issuer that was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// Keys that anybody on the way could exchange.
    #[error("the discovery document's `jwks_uri` is `{found}`: it must begin with `https://`")]
    KeysWithoutTls {
        /// What it says.
        found: String,
    },
    /// A member is absent, or not a string.
    #[error("the discovery document has no `{name}`")]
    Missing {
        /// The member.
        name: &'static str,
    },
    /// Not a JSON object.
    #[error("the discovery document cannot be read: {reason}")]
    NotObject {
        /// What is wrong with it.
        reason: String,
    },
    /// The document of somebody else.
    #[error("the discovery document says that its issuer is `{found}`, not `{asked}`")]
    OtherIssuer {
        /// The issuer that was asked.
        asked: String,
        /// The issuer that the document names.
        found: String,
    },
    /// Longer than any honest one.
    #[error("the discovery document has {length} bytes: at most {max} are taken")]
    TooLarge {
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://a.example/id/1";

    #[test]
    fn reads_what_it_writes() {
        let keys = "https://a.example/id/1/keys";
        let document = discovery_document(ISSUER, keys, &[Algorithm::Rs256]);
        assert_eq!(
            document.to_string(),
            r#"{"issuer":"https://a.example/id/1","jwks_uri":"https://a.example/id/1/keys","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"#
        );
        let read = Discovery::parse(document.to_string().as_bytes(), ISSUER).unwrap();
        assert_eq!(
            (read.issuer.as_str(), read.jwks_uri.as_str()),
            (ISSUER, keys)
        );
    }

    #[test]
    fn refuses_another_issuer_and_keys_without_tls() {
        for (text, says) in [
            ("", "cannot be read"),
            ("[]", "a list"),
            ("{}", "no `issuer`"),
            (r#"{"issuer": 1}"#, "no `issuer`"),
            (
                r#"{"issuer": "https://a.example/id/1/"}"#,
                "not `https://a.example/id/1`",
            ),
            (r#"{"issuer": "https://a.example/id/1"}"#, "no `jwks_uri`"),
            (
                r#"{"issuer": "https://a.example/id/1", "jwks_uri": "http://a.example/keys"}"#,
                "must begin with `https://`",
            ),
        ] {
            let error = Discovery::parse(text.as_bytes(), ISSUER).unwrap_err();
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
        let large = vec![b' '; MAX_BYTES + 1];
        let result = Discovery::parse(&large, ISSUER);
        assert!(matches!(result, Err(DiscoveryError::TooLarge { .. })));
    }
}
