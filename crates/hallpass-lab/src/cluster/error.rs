//! Why the cluster could not do what the lab itself asked of it.

use hallpass_oidc::SigningKeyError;

use crate::error::LabError;
use crate::store::StoreFailed;

/// A failure inside the cluster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// The signing key could not be made, read or used.
    #[error("the cluster's signing key cannot be used: {0}")]
    Key(#[from] SigningKeyError),
    /// The cluster's keys as recorded cannot be read.
    #[error("the cluster's keys cannot be read: {0}")]
    Record(String),
    /// The change could not be written.
    #[error(transparent)]
    Store(#[from] StoreFailed),
}

impl From<ClusterError> for LabError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Store(failed) => failed.into(),
            ClusterError::Key(_) | ClusterError::Record(_) => Self::Key {
                reason: error.to_string(),
            },
        }
    }
}
