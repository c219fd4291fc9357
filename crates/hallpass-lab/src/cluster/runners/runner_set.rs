//! `RunnerSet`: pods as a stateful set would make them, one set a runner.
//!
//! In life there is a `StatefulSet` between the two, which this cluster does not serve: pods bear the
//! names that they would have, and are owned by the runner set.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::names;
use super::super::objects::{strings, text};
use super::deployment::scale;
use super::hands::{Hands, Owned, controlled_by};
use super::kind::{POD, RUNNER_SET};
use super::legacy::HASH_LABEL;
use super::legacy_pod::complete_container;
use super::template::{RUNNER_CONTAINER, change_container, count, digest, with};
use crate::store::records::KubernetesObject;

/// Settles a runner set.
pub(super) async fn settle(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let set = object.body();
    scale(hands, object, "RunnerSet").await;
    let wanted = count(&set, "/spec/replicas").unwrap_or(1);
    let hash = digest(&json!([
        set.pointer("/spec/template"),
        set.pointer("/spec/serviceAccountName"),
        set.pointer("/spec/containerMode"),
    ]));
    let (fresh, stale): (Vec<Owned>, Vec<Owned>) = hands
        .owned(object, POD)
        .into_iter()
        .partition(|pod| strings(&pod.body, "/metadata/labels").get(HASH_LABEL) == Some(&hash));
    for pod in stale.iter().chain(fresh.iter().skip(wanted)) {
        hands.delete(POD, &pod.object).await;
    }
    let mut there = fresh.len().min(wanted);
    while there < wanted {
        let name = names::generate(&format!("{}-", object.name), &*hands.world.chance);
        let pod = pod_of(&set, &format!("{name}-0"), &hash);
        if hands.create(POD, &object.namespace, pod).await.is_none() {
            break;
        }
        there += 1;
    }
    let status = json!({
        "replicas": there,
        "readyReplicas": there,
        "availableReplicas": there,
        "updatedReplicas": there,
        "desiredReplicas": wanted,
    });
    hands.tell(object, RUNNER_SET, status).await;
}

fn pod_of(set: &Value, name: &str, hash: &str) -> Value {
    let mut spec = set
        .pointer("/spec/template/spec")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let outer = text(set, "/spec/serviceAccountName");
    // The outer name counts in kubernetes mode only.
    if text(set, "/spec/containerMode") == "kubernetes"
        && !outer.is_empty()
        && let Some(fields) = spec.as_object_mut()
    {
        fields.insert("serviceAccountName".to_owned(), json!(outer));
    }
    change_container(&mut spec, RUNNER_CONTAINER, |container| {
        complete_container(container, set.get("spec").unwrap_or(&Value::Null), name);
    });
    json!({
        "metadata": {
            "name": name,
            "labels": with(
                set,
                "/spec/template/metadata/labels",
                &[("actions-runner", ""), (HASH_LABEL, hash)],
            ),
            "annotations": with(set, "/spec/template/metadata/annotations", &[]),
            "ownerReferences": controlled_by(set),
        },
        "spec": spec,
    })
}
