//! Session credentials: sealed into their own session token, so that none needs a record.
//!
//! The session token is the session, encrypted and authenticated under the lab's sealing key. So an
//! exchange costs no write, a million live sessions cost no memory, and all stay valid when the lab
//! is started again. AWS's tokens are opaque to clients in the same way.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::{Chance, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::LabError;

/// What a session's credentials stand for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Session {
    /// `ASIA` and sixteen characters.
    pub(crate) access_key_id: String,
    /// The account of the role or user; absent in what was sealed before there were several accounts,
    /// and then the lab's own.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// Whose session it is.
    pub(crate) principal: SessionPrincipal,
    /// When it was issued.
    pub(crate) issued: Timestamp,
    /// When it ends.
    pub(crate) expires: Timestamp,
    /// Inline session policy.
    pub(crate) inline_policy: Option<String>,
    /// ARNs of managed policies passed as session policies.
    pub(crate) policy_arns: Vec<String>,
    /// Session tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Keys of the tags that pass on to chained sessions.
    pub(crate) transitive_tag_keys: Vec<String>,
    /// Source identity, which passes on to chained sessions and cannot be changed.
    pub(crate) source_identity: Option<String>,
    /// ARN of the OIDC provider behind the first exchange, for `aws:FederatedProvider`.
    pub(crate) federated_provider: Option<String>,
}

/// Whose session it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum SessionPrincipal {
    /// A role that was assumed.
    Role {
        /// The role's unique ID: a role made again under the same name is another role.
        role_id: String,
        /// The role's name.
        role_name: String,
        /// The session's name.
        session_name: String,
    },
    /// A user, by `GetSessionToken`.
    User {
        /// The user's unique ID.
        user_id: String,
        /// The user's name.
        user_name: String,
    },
}

/// Credentials as they are handed out.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret<String>,
    pub(crate) session_token: Secret<String>,
    pub(crate) expires: Timestamp,
}

/// Seals sessions into tokens, and opens them again.
pub(crate) struct Sealer {
    key: LessSafeKey,
    derive: aws_lc_rs::hmac::Key,
}

impl Sealer {
    /// A sealer under the lab's key of 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Result<Self, LabError> {
        let unbound = UnboundKey::new(&AES_256_GCM, key).map_err(|_| LabError::Key {
            reason: "the sealing key has not 32 bytes".to_owned(),
        })?;
        Ok(Self {
            key: LessSafeKey::new(unbound),
            derive: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key),
        })
    }

    /// The credentials of a session.
    pub(crate) fn issue(&self, session: &Session, chance: &dyn Chance) -> Credentials {
        let plain = serde_json::to_vec(session).unwrap_or_default();
        Credentials {
            access_key_id: session.access_key_id.clone(),
            secret_access_key: self.secret_of(&session.access_key_id),
            session_token: Secret::new(self.seal(SESSION, plain, chance)),
            expires: session.expires,
        }
    }

    /// The session of a token, if the lab issued it.
    pub(crate) fn open_session(&self, token: &str) -> Option<Session> {
        serde_json::from_slice(&self.open(SESSION, token)?).ok()
    }

    /// The secret access key that belongs to a session's access key ID.
    pub(crate) fn secret_of(&self, access_key_id: &str) -> Secret<String> {
        let tag = aws_lc_rs::hmac::sign(&self.derive, access_key_id.as_bytes());
        let mut text = STANDARD.encode(tag.as_ref());
        text.truncate(40);
        Secret::new(text)
    }

    /// Encrypts `plain` for one purpose; a token of one purpose is no token of another.
    pub(crate) fn seal(&self, purpose: &str, mut plain: Vec<u8>, chance: &dyn Chance) -> String {
        let mut nonce = [0; NONCE_LEN];
        chance.fill(&mut nonce);
        let sealed = self.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(purpose.as_bytes()),
            &mut plain,
        );
        // INVARIANT: sealing fails only past AES-GCM's limit of 64 GiB.
        if sealed.is_err() {
            return String::new();
        }
        let mut whole = nonce.to_vec();
        whole.append(&mut plain);
        STANDARD.encode(whole)
    }

    /// Decrypts what [`Sealer::seal`] made for that purpose.
    pub(crate) fn open(&self, purpose: &str, token: &str) -> Option<Vec<u8>> {
        let mut whole = STANDARD.decode(token).ok()?;
        let (nonce, sealed) = whole.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self
            .key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), sealed)
            .ok()?;
        Some(plain.to_vec())
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(redacted)")
    }
}

const SESSION: &str = "session";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SystemChance;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_only() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let token = sealer.seal("a", b"plain".to_vec(), &SystemChance);
        assert_eq!(sealer.open("a", &token).unwrap(), b"plain");
        assert!(sealer.open("b", &token).is_none());
        assert!(Sealer::new(&[8; 32]).unwrap().open("a", &token).is_none());
        assert!(sealer.open("a", "").is_none());
        assert!(sealer.open("a", "%%%").is_none());
    }

    #[test]
    fn a_session_of_the_time_of_one_account_still_opens() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let old = r#"{"access_key_id":"ASIAQ","principal":{"User":{"user_id":"AIDA","user_name":"a"}},"issued":"2026-11-24T16:21:15Z","expires":"2026-11-24T17:21:15Z","inline_policy":null,"policy_arns":[],"tags":{},"transitive_tag_keys":[],"source_identity":null,"federated_provider":null}"#;
        let token = sealer.seal(SESSION, old.as_bytes().to_vec(), &SystemChance);
        let session = sealer.open_session(&token).unwrap();
        assert_eq!(session.account, None);
    }
}
