//! Sealed boxes: secrets travel to GitHub under a public key of the repository, environment or
//! organisation that they are for.
//!
//! Source: GitHub Docs, "Encrypting secrets for the REST API" (libsodium's sealed box: X25519,
//! `XSalsa20-Poly1305`, `BLAKE2b` for the nonce). The keys are derived from one seed in the store.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_box::SecretKey;
use hallpass_types::Secret;

use super::bootstrap::SEED_SETTING;
use super::error::GithubError;
use crate::store::State;

/// The key pair of a scope.
pub(super) struct BoxKey {
    secret: SecretKey,
    /// The public half, base64.
    pub(super) public: String,
    /// Its ID.
    pub(super) id: String,
}

impl BoxKey {
    /// The key pair of a scope.
    pub(super) fn of(state: &State, scope: &str) -> Result<Self, GithubError> {
        let missing = || GithubError::new(500, "Server Error").with_detail("no seed of keys");
        let seed = state.settings.get(SEED_SETTING).ok_or_else(missing)?;
        let seed = hmac::Key::new(hmac::HMAC_SHA256, seed.value.as_bytes());
        let derived = hmac::sign(&seed, scope.as_bytes());
        let bytes: [u8; 32] = derived.as_ref().try_into().map_err(|_| missing())?;
        let secret = SecretKey::from_bytes(bytes);
        let public = secret.public_key();
        let fingerprint = digest(&SHA256, public.as_bytes());
        let id = fingerprint
            .as_ref()
            .iter()
            .take(8)
            .fold(0_u64, |id, byte| (id << 8) | u64::from(*byte));
        Ok(Self {
            secret,
            public: STANDARD.encode(public.as_bytes()),
            id: id.to_string(),
        })
    }

    /// What a sealed box holds; the error says in words why it cannot be opened.
    pub(super) fn open(&self, sealed: &str) -> Result<Secret<String>, &'static str> {
        let sealed = STANDARD.decode(sealed).map_err(|_| "is not base64")?;
        let opened = self
            .secret
            .unseal(&sealed)
            .map_err(|_| "is no sealed box for the public key")?;
        if opened.len() > MAX_SECRET {
            return Err("is longer than 48 KB");
        }
        String::from_utf8(opened)
            .map(Secret::new)
            .map_err(|_| "is not UTF-8")
    }
}

/// GitHub Docs, "Secrets reference", limits.
const MAX_SECRET: usize = 48 << 10;
