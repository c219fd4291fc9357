//! Access keys of IAM users.

use hallpass_types::{Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::secret_text;

/// A user's access key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AccessKey {
    /// `AKIA` and sixteen characters.
    pub(crate) id: String,
    /// The user's name.
    pub(crate) user: String,
    /// The secret. SigV4 is symmetric: to verify a signature the lab must hold it.
    #[serde(with = "secret_text")]
    pub(crate) secret: Secret<String>,
    /// Active, or deactivated.
    pub(crate) is_active: bool,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When and where it was last used; written at most once a minute.
    pub(crate) last_used: Option<LastUsed>,
}

/// The last use of a key or role.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct LastUsed {
    /// When.
    pub(crate) at: Timestamp,
    /// The service's namespace, such as `ecr`.
    pub(crate) service: String,
    /// The region that the request was signed for.
    pub(crate) region: String,
}

impl AccessKey {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}
