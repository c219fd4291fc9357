//! A user as the cluster knows one: a name, and the groups that it is of.

use std::collections::BTreeMap;

use hallpass_types::ServiceAccountName;
use serde_json::{Value, json};

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Caller {
    /// The name.
    pub(in super::super) name: String,
    /// The unique identifier, where the authenticator knows one.
    pub(in super::super) uid: String,
    /// The groups.
    pub(in super::super) groups: Vec<String>,
    /// What else the authenticator knows.
    pub(in super::super) extra: BTreeMap<String, Vec<String>>,
}

impl Caller {
    /// A user of groups; each user whom the cluster knows is of `system:authenticated`.
    pub(in super::super) fn authenticated(name: impl Into<String>, groups: &[&str]) -> Self {
        let groups = groups.iter().copied().chain([AUTHENTICATED]);
        Self {
            name: name.into(),
            groups: groups.map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Nobody in particular.
    pub(in super::super) fn anonymous() -> Self {
        Self {
            name: ANONYMOUS.to_owned(),
            groups: vec![UNAUTHENTICATED.to_owned()],
            ..Self::default()
        }
    }

    /// The administrator of the kubeconfig.
    pub(in super::super) fn administrator() -> Self {
        Self::authenticated("kubernetes-admin", &[MASTERS])
    }

    /// The cluster's own controllers.
    pub(in super::super) fn controller() -> Self {
        Self::authenticated("system:kube-controller-manager", &[MASTERS])
    }

    /// A service account.
    pub(in super::super) fn account(name: &ServiceAccountName, uid: &str) -> Self {
        let of_namespace = format!("{ACCOUNTS}:{}", name.namespace());
        Self {
            uid: uid.to_owned(),
            ..Self::authenticated(name.subject(), &[ACCOUNTS, &of_namespace])
        }
    }

    /// As reviews and webhooks are told of it: `UserInfo` (authentication.k8s.io/v1).
    pub(in super::super) fn to_json(&self) -> Value {
        let mut info = json!({ "username": self.name, "groups": self.groups });
        if let Some(fields) = info.as_object_mut() {
            if !self.uid.is_empty() {
                fields.insert("uid".to_owned(), json!(self.uid));
            }
            if !self.extra.is_empty() {
                fields.insert("extra".to_owned(), json!(self.extra));
            }
        }
        info
    }

    /// Whether the user is of that group.
    pub(in super::super) fn is_of(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }
}

/// The group of those who may do all.
pub(in super::super) const MASTERS: &str = "system:masters";
/// The group of everybody whom the cluster knows.
pub(in super::super) const AUTHENTICATED: &str = "system:authenticated";
/// The group of everybody else.
pub(in super::super) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The user who showed no credentials.
pub(in super::super) const ANONYMOUS: &str = "system:anonymous";
const ACCOUNTS: &str = "system:serviceaccounts";
