//! Bindings: which role whom is given, and where.

use serde::Deserialize;

use super::super::access::Caller;
use crate::store::records::KubernetesObject;

/// A binding of a role.
#[derive(Debug)]
pub(super) struct Binding {
    /// The namespace; empty where it holds everywhere.
    pub(super) namespace: String,
    name: String,
    /// The role.
    pub(super) role: RoleRef,
    subjects: Vec<Subject>,
}

/// The role that is given.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(super) struct RoleRef {
    pub(super) kind: String,
    pub(super) name: String,
}

impl RoleRef {
    /// A cluster role.
    pub(super) fn cluster_role(name: &str) -> Self {
        Self {
            kind: "ClusterRole".to_owned(),
            name: name.to_owned(),
        }
    }
}

/// Who is given it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    kind: String,
    name: String,
    namespace: String,
}

impl Binding {
    /// Reads a `RoleBinding` or `ClusterRoleBinding`; one that cannot be read gives nothing.
    pub(super) fn read(object: &KubernetesObject) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            role_ref: RoleRef,
            subjects: Option<Vec<Subject>>,
        }
        let body: Body = serde_json::from_str(object.text()).ok()?;
        Some(Self {
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            role: body.role_ref,
            subjects: body.subjects.unwrap_or_default(),
        })
    }

    /// By which of its subjects it is the caller's.
    pub(super) fn subject(&self, caller: &Caller) -> Option<&Subject> {
        self.subjects
            .iter()
            .find(|subject| match subject.kind.as_str() {
                "Group" => caller.is_of(&subject.name),
                "ServiceAccount" => {
                    let namespace = self.namespace_of(subject);
                    !namespace.is_empty()
                        && caller.name
                            == format!("system:serviceaccount:{namespace}:{}", subject.name)
                }
                "User" => caller.name == subject.name,
                _ => false,
            })
    }

    fn namespace_of<'a>(&'a self, subject: &'a Subject) -> &'a str {
        if subject.namespace.is_empty() {
            &self.namespace
        } else {
            &subject.namespace
        }
    }

    /// `RoleBinding "read/team" of Role "read" to ServiceAccount "ci/team"`.
    pub(super) fn describe(&self, subject: &Subject) -> String {
        let own = if self.namespace.is_empty() {
            format!("ClusterRoleBinding \"{}\"", self.name)
        } else {
            format!("RoleBinding \"{}/{}\"", self.name, self.namespace)
        };
        let whom = match subject.kind.as_str() {
            "ServiceAccount" => format!("{}/{}", subject.name, self.namespace_of(subject)),
            _ => subject.name.clone(),
        };
        format!(
            "{own} of {} \"{}\" to {} \"{whom}\"",
            self.role.kind, self.role.name, subject.kind
        )
    }
}
