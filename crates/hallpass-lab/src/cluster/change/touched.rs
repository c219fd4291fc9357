//! What must follow a change: the tokens of pods, the pods of runner objects.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::objects::{elements, text};
use crate::store::records::KubernetesObject;

/// What a change has touched.
#[derive(Debug, Default)]
pub(in super::super) struct Touched {
    /// Pods that came, changed or went: namespace and name.
    pub(in super::super) pods: BTreeSet<(String, String)>,
    /// Runner objects that may want more or fewer pods: group, resource, namespace and name.
    pub(in super::super) runners: BTreeSet<(String, String, String, String)>,
    /// Namespaces in which a service account came or changed.
    pub(in super::super) accounts: BTreeSet<String>,
    /// Whether a cluster role came, changed or went: others may be made of it.
    pub(super) has_cluster_roles: bool,
    /// Whether a custom resource definition came, changed or went.
    pub(super) has_definitions: bool,
}

impl Touched {
    /// Takes up what another change has touched.
    pub(in super::super) fn add(&mut self, other: Self) {
        self.pods.extend(other.pods);
        self.runners.extend(other.runners);
        self.accounts.extend(other.accounts);
        self.has_cluster_roles |= other.has_cluster_roles;
        self.has_definitions |= other.has_definitions;
    }

    /// Takes note of an object that came, changed or went.
    pub(super) fn note(&mut self, object: &KubernetesObject, body: &Value) {
        let KubernetesObject {
            group,
            resource,
            namespace,
            name,
            ..
        } = object;
        match (group.as_str(), resource.as_str()) {
            ("", "pods") => {
                self.pods.insert((namespace.clone(), name.clone()));
                if !object.head.owners.is_empty() {
                    self.note_owners(namespace, body);
                }
            }
            ("", "serviceaccounts") => {
                self.accounts.insert(namespace.clone());
            }
            ("apiextensions.k8s.io", "customresourcedefinitions") => self.has_definitions = true,
            ("rbac.authorization.k8s.io", "clusterroles") => self.has_cluster_roles = true,
            (group, resource) if is_runner(group, resource) => {
                self.runners.insert((
                    group.to_owned(),
                    resource.to_owned(),
                    namespace.clone(),
                    name.clone(),
                ));
                self.note_owners(namespace, body);
            }
            _ => {}
        }
    }

    fn note_owners(&mut self, namespace: &str, body: &Value) {
        for owner in elements(body, "/metadata/ownerReferences") {
            let (group, _) = text(owner, "/apiVersion")
                .split_once('/')
                .unwrap_or_default();
            let kind = text(owner, "/kind");
            let plural = format!("{}s", kind.to_lowercase());
            if is_runner(group, &plural) {
                let name = text(owner, "/name").to_owned();
                self.runners
                    .insert((group.to_owned(), plural, namespace.to_owned(), name));
            }
        }
    }
}

/// Whether controllers of runners look at objects of that resource.
fn is_runner(group: &str, resource: &str) -> bool {
    matches!(
        (group, resource),
        (
            "actions.github.com",
            "autoscalinglisteners"
                | "autoscalingrunnersets"
                | "ephemeralrunners"
                | "ephemeralrunnersets"
        ) | (
            "actions.summerwind.dev",
            "horizontalrunnerautoscalers"
                | "runnerdeployments"
                | "runnerreplicasets"
                | "runners"
                | "runnersets"
        )
    )
}
