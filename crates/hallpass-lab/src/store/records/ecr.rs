//! ECR repositories and images.

use std::collections::BTreeSet;

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PolicyText, Tags};

/// A repository.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Repository {
    /// The name, with slashes.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Whether a tag, once pushed, may not move.
    pub(crate) has_immutable_tags: bool,
    /// The repository policy.
    pub(crate) policy: Option<PolicyText>,
    /// Tags of the resource.
    pub(crate) tags: Tags,
}

impl Repository {
    pub(crate) fn record_key(&self) -> String {
        self.name.clone()
    }
}

/// A manifest in a repository, with the tags that point at it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Image {
    /// The repository's name.
    pub(crate) repository: String,
    /// The manifest's digest, `sha256:...`.
    pub(crate) digest: String,
    /// The manifest's media type.
    pub(crate) media_type: String,
    /// The artifact's type, where the manifest names one.
    pub(crate) artifact_type: Option<String>,
    /// The manifest, as pushed.
    pub(crate) manifest: String,
    /// Sum of the layers' and config's sizes, in bytes.
    pub(crate) size: u64,
    /// When it was first pushed.
    pub(crate) pushed: Timestamp,
    /// When it was last pulled.
    pub(crate) pulled: Option<Timestamp>,
    /// Image tags.
    pub(crate) tags: BTreeSet<String>,
    /// The digest of the manifest that this one refers to (OCI `subject`).
    pub(crate) subject: Option<String>,
}

impl Image {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(&self.repository, &self.digest)
    }

    /// The key of an image.
    pub(crate) fn key_of(repository: &str, digest: &str) -> String {
        format!("{repository}@{digest}")
    }
}

/// A blob that a repository holds, and may serve.
///
/// Blobs are kept once for all repositories; a repository serves those that were pushed to it or
/// mounted into it, or else knowing a digest would be enough to read another repository's layers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct RepositoryBlob {
    /// The repository's name.
    pub(crate) repository: String,
    /// The blob's digest, `sha256:...`.
    pub(crate) digest: String,
    /// Its size in bytes.
    pub(crate) size: u64,
}

impl RepositoryBlob {
    pub(crate) fn record_key(&self) -> String {
        Self::key_of(&self.repository, &self.digest)
    }

    /// The key of a blob in a repository. The digest comes first, so that whether any repository
    /// holds a blob is one look at the table.
    pub(crate) fn key_of(repository: &str, digest: &str) -> String {
        format!("{digest}@{repository}")
    }
}
