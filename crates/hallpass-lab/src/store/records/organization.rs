//! AWS Organizations: the organisation, its units, its accounts and its policies.
//!
//! Source: AWS Organizations API Reference, data types.

use std::collections::BTreeSet;

use hallpass_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PolicyText, Tags};

/// An organisation, and its root. A lab has one at most.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Organization {
    /// `o-` and ten to thirty-two characters.
    pub(crate) id: String,
    /// The root's ID, `r-` and four to thirty-two characters.
    pub(crate) root: String,
    /// The account that made it, which no policy of it binds.
    pub(crate) management_account: String,
    /// `ALL`, or `CONSOLIDATED_BILLING`, which has no policies.
    pub(crate) feature_set: String,
    /// The kinds of policies that the root has enabled.
    pub(crate) enabled: BTreeSet<ControlKind>,
    /// Tags of the root.
    pub(crate) tags: Tags,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// A kind of policy that bounds what accounts may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) enum ControlKind {
    /// On an account's resources, whoever comes.
    #[serde(rename = "RESOURCE_CONTROL_POLICY")]
    Resource,
    /// On an account's principals, wherever they go.
    #[serde(rename = "SERVICE_CONTROL_POLICY")]
    Service,
}

/// An organisational unit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OrganizationalUnit {
    /// `ou-ROOT-` and eight to thirty-two characters.
    pub(crate) id: String,
    /// The name, unique below its parent.
    pub(crate) name: String,
    /// The root or unit that it stands in.
    pub(crate) parent: String,
    /// Tags.
    pub(crate) tags: Tags,
}

/// An account of the organisation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MemberAccount {
    /// The twelve digits.
    pub(crate) id: String,
    /// The name.
    pub(crate) name: String,
    /// The root user's address, unique among all accounts.
    pub(crate) email: String,
    /// Whether it was closed: it then lets nobody in.
    pub(crate) is_suspended: bool,
    /// The root or unit that it stands in.
    pub(crate) parent: String,
    /// When it came.
    pub(crate) joined: Timestamp,
    /// Whether the organisation made it, rather than invited it.
    pub(crate) is_created: bool,
    /// Tags.
    pub(crate) tags: Tags,
}

/// A request to make an account, and what became of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AccountCreation {
    /// `car-` and eight to thirty-two characters.
    pub(crate) id: String,
    /// The account's name.
    pub(crate) account_name: String,
    /// When it was asked for.
    pub(crate) requested: Timestamp,
    /// The account, or why there is none.
    pub(crate) outcome: Result<String, String>,
}

/// A policy, and what it is attached to.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OrganizationPolicy {
    /// `p-` and eight to thirty-two characters.
    pub(crate) id: String,
    /// The name, unique among the policies of its kind.
    pub(crate) name: String,
    /// The description.
    pub(crate) description: String,
    /// Its kind.
    pub(crate) kind: ControlKind,
    /// The document.
    pub(crate) content: PolicyText,
    /// IDs of the root, units and accounts that it is attached to.
    pub(crate) targets: BTreeSet<String>,
    /// Whether AWS made it: it can be attached and detached, but neither changed nor deleted.
    pub(crate) is_aws_managed: bool,
    /// Tags.
    pub(crate) tags: Tags,
}

impl Organization {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}

impl OrganizationalUnit {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}

impl MemberAccount {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}

impl AccountCreation {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}

impl OrganizationPolicy {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }
}
