//! The roles and bindings that every cluster starts with.
//!
//! Source: Kubernetes documentation, "Using RBAC Authorization" (default roles and role bindings);
//! the rules are those of k8s.io/kubernetes' `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`, for
//! the resources that the lab serves.

use serde_json::{Value, json};

use super::super::objects::{self, text};
use super::authorizer::GROUP;
use crate::error::LabError;
use crate::store::State;

/// Those that the cluster does not have, with their plural names. They are made again at each start
/// of the lab, as the API server does.
pub(in super::super) fn missing_defaults(
    state: &State,
) -> Result<Vec<(&'static str, Value)>, LabError> {
    let fault = |reason: String| LabError::Key {
        reason: format!("the cluster's default roles cannot be read: {reason}"),
    };
    let roles: Vec<Value> =
        serde_saphyr::from_str(ROLES).map_err(|error| fault(error.to_string()))?;
    let roles = roles
        .into_iter()
        .map(|role| ("clusterroles", completed(role)));
    let bindings = BINDINGS.iter().map(|(role, groups)| {
        let subjects: Vec<_> = groups
            .iter()
            .map(|group| json!({ "kind": "Group", "apiGroup": GROUP, "name": group }))
            .collect();
        let binding = json!({
            "metadata": { "name": role },
            "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": role },
            "subjects": subjects,
        });
        ("clusterrolebindings", completed(binding))
    });
    Ok(roles
        .chain(bindings)
        .filter(|(resource, object)| {
            objects::get(state, GROUP, resource, "", text(object, "/metadata/name")).is_none()
        })
        .collect())
}

fn completed(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert(
            "annotations".to_owned(),
            json!({ "rbac.authorization.kubernetes.io/autoupdate": "true" }),
        );
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        if let Some(labels) = labels.as_object_mut() {
            labels.insert(
                "kubernetes.io/bootstrapping".to_owned(),
                json!("rbac-defaults"),
            );
        }
    }
    object
}

const ROLES: &str = include_str!("default_roles.yaml");

// Each is named after its role.
const BINDINGS: &[(&str, &[&str])] = &[
    ("cluster-admin", &["system:masters"]),
    ("system:basic-user", &["system:authenticated"]),
    ("system:discovery", &["system:authenticated"]),
    (
        "system:public-info-viewer",
        &["system:authenticated", "system:unauthenticated"],
    ),
    (
        "system:service-account-issuer-discovery",
        &["system:serviceaccounts"],
    ),
];
