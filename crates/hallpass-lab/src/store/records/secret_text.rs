//! Secrets at rest: the store's file is private (0600), and is the only place where they are written.

use hallpass_types::Secret;
use serde::{Deserialize as _, Deserializer, Serializer};

/// Writes a secret.
pub(super) fn serialize<S: Serializer>(
    secret: &Secret<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// Reads a secret.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}
