//! `RunnerDeployment`: a replica set for its present template, and those before it until the present
//! one has its pods; `HorizontalRunnerAutoscaler` as far as its minimum goes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::text;
use super::hands::{Hands, Owned, controlled_by};
use super::kind::{
    HORIZONTAL_RUNNER_AUTOSCALER, RUNNER_DEPLOYMENT, RUNNER_REPLICA_SET, RUNNER_SET,
};
use super::legacy::HASH_LABEL;
use super::template::{count, digest, with};
use crate::store::records::KubernetesObject;

/// Settles a deployment.
pub(super) async fn settle(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let deployment = object.body();
    scale(hands, object, "RunnerDeployment").await;
    let wanted = count(&deployment, "/spec/replicas").unwrap_or(1);
    let hash = digest(deployment.pointer("/spec/template").unwrap_or(&Value::Null));
    let sets = hands.owned(object, RUNNER_REPLICA_SET);
    let (present, old): (Vec<Owned>, Vec<Owned>) = sets.into_iter().partition(|set| {
        let labels = set.body.pointer("/metadata/labels");
        labels
            .and_then(|labels| labels.get(HASH_LABEL))
            .and_then(Value::as_str)
            == Some(&hash)
    });
    let Some(present) = present.into_iter().last() else {
        let made = replica_set(&deployment, &hash, wanted);
        // Its coming brings this deployment here again.
        hands
            .create(RUNNER_REPLICA_SET, &object.namespace, made)
            .await;
        return;
    };
    let replicas = json!({ "spec": { "replicas": wanted } });
    hands
        .merge(&present.object, RUNNER_REPLICA_SET, replicas)
        .await;
    let ready = count(&present.body, "/status/readyReplicas").unwrap_or(0);
    // The old ones go when the present one is as it should be.
    if ready >= wanted {
        for set in &old {
            hands.delete(RUNNER_REPLICA_SET, &set.object).await;
        }
    }
    let status = json!({
        "replicas": ready,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "updatedReplicas": ready,
        "desiredReplicas": wanted,
    });
    hands.tell(object, RUNNER_DEPLOYMENT, status).await;
}

fn replica_set(deployment: &Value, hash: &str, replicas: usize) -> Value {
    let name = text(deployment, "/metadata/name");
    let own = [(HASH_LABEL, hash), ("runner-deployment-name", name)];
    let mut template = deployment
        .pointer("/spec/template")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let labels = with(&template, "/metadata/labels", &own);
    if let Some(fields) = template.as_object_mut() {
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("labels".to_owned(), json!(labels));
        }
    }
    json!({
        "metadata": {
            "generateName": format!("{name}-"),
            "labels": labels,
            "ownerReferences": controlled_by(deployment),
        },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { HASH_LABEL: hash, "runner-deployment-name": name } },
            "template": template,
        },
    })
}

/// Settles an autoscaler: without numbers from GitHub it asks for its minimum.
pub(super) async fn settle_autoscaler(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let autoscaler = object.body();
    let least = count(&autoscaler, "/spec/minReplicas").unwrap_or(0);
    let name = text(&autoscaler, "/spec/scaleTargetRef/name");
    let kind = match text(&autoscaler, "/spec/scaleTargetRef/kind") {
        "RunnerSet" => RUNNER_SET,
        _ => RUNNER_DEPLOYMENT,
    };
    if let Some(target) = hands.find(kind, &object.namespace, name) {
        let replicas = json!({ "spec": { "replicas": least } });
        hands.merge(&target, kind, replicas).await;
    }
    let status = json!({ "desiredReplicas": least });
    hands
        .tell(object, HORIZONTAL_RUNNER_AUTOSCALER, status)
        .await;
}

/// Lets the autoscalers of a target have their way, which is always the last word.
pub(super) async fn scale(hands: &mut Hands<'_>, target: &KubernetesObject, kind: &str) {
    for autoscaler in hands.list(HORIZONTAL_RUNNER_AUTOSCALER, &target.namespace) {
        let body = autoscaler.body();
        let named = text(&body, "/spec/scaleTargetRef/kind");
        let is_kind = named == kind || named.is_empty() && kind == "RunnerDeployment";
        if is_kind && text(&body, "/spec/scaleTargetRef/name") == target.name {
            settle_autoscaler(hands, &autoscaler).await;
        }
    }
}
