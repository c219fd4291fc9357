//! `RunnerReplicaSet` and `Runner` of the earlier generation.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::{strings, text};
use super::hands::{Hands, Owned, controlled_by};
use super::kind::{POD, RUNNER, RUNNER_REPLICA_SET};
use super::legacy_pod::{is_ephemeral, pod_spec};
use super::template::{count, digest, with};
use crate::store::records::KubernetesObject;

/// Settles a replica set: as many runners as it asks for. One that has a job stays.
pub(super) async fn settle_set(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let set = object.body();
    let runners = hands.owned(object, RUNNER);
    let wanted = count(&set, "/spec/replicas").unwrap_or(1);
    let surplus = runners.len().saturating_sub(wanted);
    let idle = runners.iter().rev().filter(|runner| !has_job(&runner.body));
    for runner in idle.take(surplus) {
        hands.delete(RUNNER, &runner.object).await;
    }
    for _ in runners.len()..wanted {
        let made = runner_of(&set);
        if hands
            .create(RUNNER, &object.namespace, made)
            .await
            .is_none()
        {
            break;
        }
    }
    let left = hands.owned(object, RUNNER);
    let ready = left.iter().filter(|runner| is_ready(runner)).count();
    let status = json!({
        "replicas": left.len(),
        "readyReplicas": ready,
        "availableReplicas": left.len(),
    });
    hands.tell(object, RUNNER_REPLICA_SET, status).await;
}

/// Settles a runner: its pod, which bears its name.
pub(super) async fn settle_runner(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let runner = object.body();
    let wanted = pod_of(&runner);
    let hash = strings(&wanted, "/metadata/labels").remove(POD_HASH_LABEL);
    let pod = hands.pod(object);
    let is_there = match pod {
        Some(pod) if strings(&pod.body, "/metadata/labels").remove(POD_HASH_LABEL) == hash => true,
        // An ephemeral runner ends with its pod, and its set makes another.
        None if was_ready(&runner) && is_replaceable(&runner) => {
            hands.delete(RUNNER, object).await;
            return;
        }
        stale => {
            if let Some(pod) = stale {
                hands.delete(POD, &pod.object).await;
            }
            let made = hands.create(POD, &object.namespace, wanted).await;
            made.is_some()
        }
    };
    let status = json!({
        "phase": if is_there { "Running" } else { "Pending" },
        "ready": is_there,
        "reason": "",
        "message": "",
        "registration": {
            "enterprise": text(&runner, "/spec/enterprise"),
            "organization": text(&runner, "/spec/organization"),
            "repository": text(&runner, "/spec/repository"),
            "labels": runner.pointer("/spec/labels").cloned().unwrap_or_else(|| json!([])),
        },
    });
    hands.tell(object, RUNNER, status).await;
}

/// Whether a job was assigned to it.
pub(super) fn has_job(runner: &Value) -> bool {
    !text(runner, "/status/workflow/runID").is_empty()
}

fn is_ready(runner: &Owned) -> bool {
    was_ready(&runner.body)
}

fn was_ready(runner: &Value) -> bool {
    runner.pointer("/status/ready") == Some(&Value::Bool(true))
}

/// Whether the runner is ephemeral, and a set would make another.
fn is_replaceable(runner: &Value) -> bool {
    let owned = text(runner, "/metadata/ownerReferences/0/kind") == RUNNER_REPLICA_SET.name;
    owned && is_ephemeral(runner.get("spec").unwrap_or(&Value::Null))
}

fn runner_of(set: &Value) -> Value {
    let name = text(set, "/metadata/name");
    json!({
        "metadata": {
            "generateName": format!("{name}-"),
            "labels": with(set, "/spec/template/metadata/labels", &[]),
            "annotations": with(set, "/spec/template/metadata/annotations", &[]),
            "ownerReferences": controlled_by(set),
        },
        "spec": set.pointer("/spec/template/spec").cloned().unwrap_or_else(|| json!({})),
    })
}

fn pod_of(runner: &Value) -> Value {
    let name = text(runner, "/metadata/name");
    let empty = json!({});
    let spec = runner.get("spec").unwrap_or(&empty);
    let hash = digest(spec);
    json!({
        "metadata": {
            "name": name,
            "labels": with(
                runner,
                "/metadata/labels",
                &[("actions-runner", ""), (POD_HASH_LABEL, &hash)],
            ),
            "annotations": with(runner, "/metadata/annotations", &[]),
            "ownerReferences": controlled_by(runner),
        },
        "spec": pod_spec(spec, name),
    })
}

/// Tells the templates of a deployment apart.
pub(super) const HASH_LABEL: &str = "runner-template-hash";
/// Tells the specifications of a runner apart.
const POD_HASH_LABEL: &str = "pod-template-hash";
