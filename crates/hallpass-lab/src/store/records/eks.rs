//! What EKS keeps beside the cluster itself.

use std::collections::BTreeMap;

use hallpass_types::{ServiceAccountName, Timestamp};
use serde::{Deserialize, Serialize};

use super::Tags;

/// A role for the pods of a service account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PodIdentityAssociation {
    /// `a-` and seventeen characters.
    pub(crate) id: String,
    /// The service account's namespace.
    pub(crate) namespace: String,
    /// The service account.
    pub(crate) service_account: String,
    /// The role that is assumed first, one of the cluster's account.
    pub(crate) role_arn: String,
    /// The role that is assumed from there, where one is named.
    pub(crate) target_role_arn: Option<String>,
    /// Whether the sessions carry no tags of the pod.
    pub(crate) disable_session_tags: bool,
    /// A policy that the session is held to.
    pub(crate) policy: Option<String>,
    /// Tags.
    pub(crate) tags: Tags,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed last.
    pub(crate) modified: Timestamp,
    /// The token of the request that made it: the same request again makes nothing.
    pub(crate) request_token: Option<String>,
}

impl PodIdentityAssociation {
    pub(crate) fn record_key(&self) -> String {
        self.id.clone()
    }

    /// Whether it is for pods of that account.
    pub(crate) fn is_of(&self, account: &ServiceAccountName) -> bool {
        self.namespace == account.namespace() && self.service_account == account.name()
    }
}

/// An IAM principal that the cluster lets in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AccessEntry {
    /// The user's or role's ARN, with its path.
    pub(crate) principal_arn: String,
    /// The last part of the entry's own ARN.
    pub(crate) uuid: String,
    /// Its name in the cluster, where one is given.
    pub(crate) username: Option<String>,
    /// Its groups in the cluster.
    pub(crate) groups: Vec<String>,
    /// EKS's own policies, by ARN.
    pub(crate) policies: BTreeMap<String, AssociatedPolicy>,
    /// Tags.
    pub(crate) tags: Tags,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it was changed last.
    pub(crate) modified: Timestamp,
    /// The token of the request that made it.
    pub(crate) request_token: Option<String>,
}

impl AccessEntry {
    pub(crate) fn record_key(&self) -> String {
        self.principal_arn.clone()
    }
}

/// An access policy of an entry.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct AssociatedPolicy {
    /// The namespaces that it is for; absent for all of the cluster.
    pub(crate) namespaces: Option<Vec<String>>,
    /// When it was associated.
    pub(crate) associated: Timestamp,
    /// When it was changed last.
    pub(crate) modified: Timestamp,
}
