//! The ID of a token (`jti`, RFC 7519 section 4.1.7): clusters and GitHub both write a UUID.

use hallpass_types::Chance;

/// A version 4 UUID (RFC 9562).
pub(crate) fn token_id(chance: &dyn Chance) -> String {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
