//! IAM roles.

use std::collections::BTreeSet;

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InlinePolicies, LastUsed, PolicyText, Tags};

/// An IAM role.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Role {
    /// The name, unique in the account without regard to case.
    pub(crate) name: String,
    /// The path, part of the ARN.
    pub(crate) path: String,
    /// The unique ID, `AROA...`.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// The description.
    pub(crate) description: Option<String>,
    /// The longest session, in seconds, 3,600 to 43,200.
    pub(crate) max_session_seconds: u32,
    /// Who may assume it.
    pub(crate) trust: PolicyText,
    /// Inline policies by name.
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies.
    pub(crate) attached: BTreeSet<String>,
    /// ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
    /// Tags.
    pub(crate) tags: Tags,
    /// When its credentials were last used.
    pub(crate) last_used: Option<LastUsed>,
}

impl Role {
    pub(crate) fn record_key(&self) -> String {
        self.name.to_lowercase()
    }
}
