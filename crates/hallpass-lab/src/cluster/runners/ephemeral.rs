//! `EphemeralRunnerSet` and `EphemeralRunner`: one pod for one job.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::objects::text;
use super::hands::{Hands, Owned, controlled_by};
use super::kind::{AUTOSCALING_RUNNER_SET, EPHEMERAL_RUNNER, EPHEMERAL_RUNNER_SET, POD, SECRET};
use super::scale_set::{VERSION, phase_of};
use super::template::{RUNNER_CONTAINER, append, change_container, count, digest, variable, with};
use crate::store::records::KubernetesObject;

/// Settles a set of ephemeral runners: as many as it asks for, those that are done taken away. One
/// that has a job stays, however few are asked for.
pub(super) async fn settle_set(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let set = object.body();
    let (done, runners): (Vec<Owned>, Vec<Owned>) = hands
        .owned(object, EPHEMERAL_RUNNER)
        .into_iter()
        .partition(|runner| is_done(&runner.body));
    for runner in &done {
        hands.delete(EPHEMERAL_RUNNER, &runner.object).await;
    }
    let wanted = count(&set, "/spec/replicas").unwrap_or(0);
    let surplus = runners.len().saturating_sub(wanted);
    let idle = runners.iter().rev().filter(|runner| !has_job(&runner.body));
    for runner in idle.take(surplus) {
        hands.delete(EPHEMERAL_RUNNER, &runner.object).await;
    }
    for _ in runners.len()..wanted {
        let runner = runner_of(&set);
        if hands
            .create(EPHEMERAL_RUNNER, &object.namespace, runner)
            .await
            .is_none()
        {
            break;
        }
    }
    let left = hands.owned(object, EPHEMERAL_RUNNER);
    let phase = |wanted: &str| {
        left.iter()
            .filter(|runner| phase_of(&runner.body) == wanted)
            .count()
    };
    let status = json!({
        "currentReplicas": left.len(),
        "pendingEphemeralRunners": phase("Pending"),
        "runningEphemeralRunners": phase("Running"),
        "failedEphemeralRunners": phase("Failed"),
    });
    hands.tell(object, EPHEMERAL_RUNNER_SET, status).await;
    // A job that came or went changes how many runners the listener asks for.
    if text(&set, "/metadata/ownerReferences/0/kind") == AUTOSCALING_RUNNER_SET.name {
        let owner = text(&set, "/metadata/ownerReferences/0/name");
        hands.touch(AUTOSCALING_RUNNER_SET, &object.namespace, owner);
    }
}

/// Settles an ephemeral runner: its secret, its pod, and what its status says of them.
pub(super) async fn settle_runner(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let runner = object.body();
    let pod = hands.pod(object);
    if is_done(&runner) {
        if let Some(pod) = pod {
            hands.delete(POD, &pod.object).await;
        }
        return;
    }
    if hands
        .find(SECRET, &object.namespace, &object.name)
        .is_none()
    {
        let made = json!({
            "metadata": { "name": object.name, "ownerReferences": controlled_by(&runner) },
            "type": "Opaque",
            // In life a configuration that GitHub made for this runner; here nobody reads it.
            "data": { "jitToken": STANDARD.encode(digest(&json!(object.head.uid))) },
        });
        hands.create(SECRET, &object.namespace, made).await;
    }
    let is_there = match pod {
        Some(_) => true,
        None => hands
            .create(POD, &object.namespace, pod_of(&runner))
            .await
            .is_some(),
    };
    let status = json!({
        "phase": if is_there { "Running" } else { "Pending" },
        "ready": is_there,
        "runnerId": number(&object.head.uid),
        "runnerName": object.name,
    });
    hands.tell(object, EPHEMERAL_RUNNER, status).await;
}

/// Whether a job was assigned to it.
pub(super) fn has_job(runner: &Value) -> bool {
    !text(runner, "/status/jobRepositoryName").is_empty() && !is_done(runner)
}

fn is_done(runner: &Value) -> bool {
    matches!(text(runner, "/status/phase"), "Succeeded" | "Failed")
}

fn runner_of(set: &Value) -> Value {
    let name = text(set, "/metadata/name");
    let patch = set.pointer("/spec/patchID").and_then(Value::as_u64);
    let patch = patch.unwrap_or_default().to_string();
    json!({
        "metadata": {
            "generateName": format!("{name}-runner-"),
            "labels": with(set, "/metadata/labels", &[("app.kubernetes.io/component", "runner")]),
            "annotations": with(
                set,
                "/metadata/annotations",
                &[("actions.github.com/patch-id", &patch)],
            ),
            "ownerReferences": controlled_by(set),
        },
        "spec": set.pointer("/spec/ephemeralRunnerSpec"),
    })
}

/// The pod of an ephemeral runner: its template, under its name, with what the runner starts with.
fn pod_of(runner: &Value) -> Value {
    let name = text(runner, "/metadata/name");
    let mut labels = with(runner, "/metadata/labels", &[]);
    labels.extend(with(runner, "/spec/metadata/labels", &[]));
    labels.insert("actions-ephemeral-runner".to_owned(), "True".to_owned());
    let hash = digest(runner.get("spec").unwrap_or(&Value::Null));
    labels.insert("pod-template-hash".to_owned(), hash);
    let mut annotations = with(runner, "/metadata/annotations", &[]);
    annotations.extend(with(runner, "/spec/metadata/annotations", &[]));
    let mut spec = runner
        .pointer("/spec/spec")
        .cloned()
        .unwrap_or_else(|| json!({}));
    change_container(&mut spec, RUNNER_CONTAINER, |container| {
        let config = json!({
            "name": "ACTIONS_RUNNER_INPUT_JITCONFIG",
            "valueFrom": { "secretKeyRef": { "name": name, "key": "jitToken" } },
        });
        let agent = format!("actions-runner-controller/{VERSION}");
        let agent = variable("GITHUB_ACTIONS_RUNNER_EXTRA_USER_AGENT", &agent);
        append(container, "env", [config, agent]);
    });
    json!({
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": controlled_by(runner),
        },
        "spec": spec,
    })
}

/// A number for what has only a UID.
fn number(uid: &str) -> u64 {
    let digits = uid.bytes().filter(u8::is_ascii_hexdigit).take(6);
    digits.fold(1, |number, digit| {
        let value = char::from(digit).to_digit(16).unwrap_or_default();
        (number << 4) | u64::from(value)
    })
}
