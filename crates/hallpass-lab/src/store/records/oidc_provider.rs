//! IAM OpenID Connect providers.

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tags;

/// An IAM OIDC provider.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OidcProvider {
    /// The issuer's URL without `https://`, as IAM keeps it, and as the ARN ends.
    pub(crate) url: String,
    /// The audiences that are accepted, at most 100.
    pub(crate) client_ids: Vec<String>,
    /// SHA-1 fingerprints of CA certificates, at most five.
    pub(crate) thumbprints: Vec<String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Tags.
    pub(crate) tags: Tags,
}

impl OidcProvider {
    pub(crate) fn record_key(&self) -> String {
        self.url.clone()
    }
}
