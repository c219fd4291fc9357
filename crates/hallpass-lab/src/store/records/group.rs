//! IAM groups.

use std::collections::BTreeSet;

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::InlinePolicies;

/// An IAM group.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Group {
    /// The name, unique in the account without regard to case.
    pub(crate) name: String,
    /// The path.
    pub(crate) path: String,
    /// The unique ID, `AGPA...`.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Inline policies by name.
    pub(crate) inline: InlinePolicies,
    /// ARNs of attached managed policies.
    pub(crate) attached: BTreeSet<String>,
    /// Names of the users in it, in lower case.
    pub(crate) members: BTreeSet<String>,
}

impl Group {
    pub(crate) fn record_key(&self) -> String {
        self.name.to_lowercase()
    }
}
