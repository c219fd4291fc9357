//! Customer managed policies.

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PolicyText, Tags};

/// A managed policy with its versions.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ManagedPolicy {
    /// The ARN, with the path.
    pub(crate) arn: String,
    /// The name.
    pub(crate) name: String,
    /// The path.
    pub(crate) path: String,
    /// The unique ID, `ANPA...`.
    pub(crate) id: String,
    /// The description.
    pub(crate) description: Option<String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was last changed.
    pub(crate) updated: Timestamp,
    /// At most five, oldest first.
    pub(crate) versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub(crate) default_version: u32,
    /// The number that the next version takes; numbers are never used again.
    pub(crate) next_version: u32,
    /// Tags.
    pub(crate) tags: Tags,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PolicyVersion {
    /// 3 in `v3`.
    pub(crate) number: u32,
    /// The document.
    pub(crate) document: PolicyText,
    /// When it was made.
    pub(crate) created: Timestamp,
}

impl ManagedPolicy {
    pub(crate) fn record_key(&self) -> String {
        self.arn.clone()
    }

    /// The document in force.
    pub(crate) fn document(&self) -> Option<&PolicyText> {
        self.versions
            .iter()
            .find(|version| version.number == self.default_version)
            .map(|version| &version.document)
    }
}
