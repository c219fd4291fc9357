//! EKS's own access policies: what an access entry may do, without a role binding in the cluster.
//!
//! Source: Amazon EKS User Guide, "Review access policy permissions": each is as a user-facing role of
//! Kubernetes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access_entries::{change, permitted};
use super::fault;
use super::input::{ask, short};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::identity::{CLUSTER, LabIdentity};
use crate::store::records::AssociatedPolicy;

/// The policies, and the cluster role that each is as.
pub(super) const POLICIES: [(&str, &str); 4] = [
    ("AmazonEKSAdminPolicy", "admin"),
    (CLUSTER_ADMIN, "cluster-admin"),
    ("AmazonEKSEditPolicy", "edit"),
    ("AmazonEKSViewPolicy", "view"),
];

/// The policy that allows all.
pub(super) const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";

/// A policy's ARN.
pub(super) fn arn(identity: &LabIdentity, name: &str) -> String {
    format!(
        "arn:{}:eks::aws:cluster-access-policy/{name}",
        identity.partition
    )
}

/// `ListAccessPolicies`.
pub(super) fn list_all(call: &mut Call) -> Result<Answer, ApiError> {
    let paging: Paging = call.take_json()?;
    ask(call, "*", None, |wanted| wanted)?;
    let all = POLICIES.map(|(name, _)| {
        let arn = arn(&call.identity, name);
        (name.to_owned(), json!({ "name": name, "arn": arn }))
    });
    paging.answer("accessPolicies", all)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Associate {
    name: String,
    principal_arn: String,
    #[serde(default)]
    policy_arn: String,
    access_scope: Scope,
}

#[derive(Deserialize)]
struct Scope {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    namespaces: Vec<String>,
}

impl Scope {
    fn read(self) -> Result<Option<Vec<String>>, ApiError> {
        match self.r#type.as_str() {
            "cluster" if self.namespaces.is_empty() => Ok(None),
            "namespace" if (1..=100).contains(&self.namespaces.len()) => Ok(Some(self.namespaces)),
            _ => Err(fault::parameter(
                "The type of the accessScope must be `cluster`, or `namespace` with 1 to 100 namespaces",
            )),
        }
    }
}

/// `AssociateAccessPolicy`: one that is there already gets another scope.
pub(super) async fn associate(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Associate = call.take_json()?;
    let (kind, namespaces) = (
        input.access_scope.r#type.clone(),
        input.access_scope.namespaces.clone(),
    );
    permitted(call, &input.name, &input.principal_arn, |wanted| {
        let mut wanted = wanted
            .with("eks:policyArn", &input.policy_arn)
            .with("eks:accessScope", kind);
        if !namespaces.is_empty() {
            wanted
                .context
                .push(("eks:namespaces".to_owned(), namespaces));
        }
        wanted
    })?;
    let is_known = POLICIES
        .iter()
        .any(|(name, _)| arn(&call.identity, name) == input.policy_arn);
    if !is_known {
        let arn = short(&input.policy_arn);
        return Err(fault::parameter(format!(
            "The policyArn parameter is not one of the lab's access policies: {arn}"
        )));
    }
    let namespaces = input.access_scope.read()?;
    let now = call.now;
    let entry = change(call, &input.principal_arn, |entry| {
        let old = entry.policies.get(&input.policy_arn);
        let policy = AssociatedPolicy {
            namespaces,
            associated: old.map_or(now, |old| old.associated),
            modified: now,
        };
        entry.policies.insert(input.policy_arn.clone(), policy);
        Ok(())
    })
    .await?;
    let made = entry.policies.get(&input.policy_arn);
    Ok(Answer::Json(json!({
        "clusterName": CLUSTER,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicy": made.map(|policy| shown(&input.policy_arn, policy)),
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Disassociate {
    name: String,
    principal_arn: String,
    policy_arn: String,
}

/// `DisassociateAccessPolicy`.
pub(super) async fn disassociate(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Disassociate = call.take_json()?;
    permitted(call, &input.name, &input.principal_arn, |wanted| {
        wanted.with("eks:policyArn", &input.policy_arn)
    })?;
    change(call, &input.principal_arn, |entry| {
        let removed = entry.policies.remove(&input.policy_arn);
        removed
            .map(drop)
            .ok_or_else(|| fault::not_found("No associated access policy was found"))
    })
    .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    principal_arn: String,
}

/// `ListAssociatedAccessPolicies`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Listed = call.take_json()?;
    let entry = permitted(call, &input.name, &input.principal_arn, |wanted| wanted)?;
    let policies: Vec<Value> = entry
        .policies
        .iter()
        .map(|(arn, policy)| shown(arn, policy))
        .collect();
    Ok(Answer::Json(json!({
        "clusterName": CLUSTER,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicies": policies,
    })))
}

fn shown(arn: &str, policy: &AssociatedPolicy) -> Value {
    let scope = match &policy.namespaces {
        None => json!({ "type": "cluster", "namespaces": [] }),
        Some(namespaces) => json!({ "type": "namespace", "namespaces": namespaces }),
    };
    json!({
        "policyArn": arn,
        "accessScope": scope,
        "associatedAt": epoch(policy.associated),
        "modifiedAt": epoch(policy.modified),
    })
}
