//! IAM users.

use std::collections::BTreeSet;

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InlinePolicies, Tags};

/// An IAM user without a console password.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct User {
    /// The name, unique in the account without regard to case.
    pub(crate) name: String,
    /// The path, `/` or `/a/b/`.
    pub(crate) path: String,
    /// The unique ID, `AIDA...`.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Inline policies by name.
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies.
    pub(crate) attached: BTreeSet<String>,
    /// ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
    /// Tags.
    pub(crate) tags: Tags,
}

impl User {
    pub(crate) fn record_key(&self) -> String {
        self.name.to_lowercase()
    }
}
