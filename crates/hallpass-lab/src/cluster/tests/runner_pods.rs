//! How objects of the runner kinds become pods.

use serde_json::{Value, json};

use super::super::objects::{self, text};
use super::cluster::*;

#[tokio::test]
async fn runners_become_pods_and_follow_their_template() {
    let cluster = Cluster::new().await;
    let template = json!({
        "repository": "acme/app", "labels": ["builder"], "securityContext": { "fsGroup": 1001 },
    });
    cluster
        .create(RUNNERS, runners("r", None, &template))
        .await
        .unwrap();
    let [only] = cluster.pods().try_into().unwrap();
    let name = text(&only, "/metadata/name");
    assert!(
        name.starts_with("r-") && name.len() == "r-".len() + 5,
        "{name}"
    );
    assert_eq!(
        text(&only, "/metadata/ownerReferences/0/kind"),
        "RunnerDeployment"
    );
    assert_eq!(text(&only, "/spec/serviceAccountName"), "default");
    assert_eq!(
        only.pointer("/spec/securityContext/fsGroup"),
        Some(&json!(1001))
    );
    let containers: Vec<_> = objects::elements(&only, "/spec/containers")
        .map(|container| text(container, "/name"))
        .collect();
    assert_eq!(containers, ["runner", "docker"]);
    let path = format!("{RUNNERS}/r");
    // More of the same template leave the first one alone.
    cluster
        .merge(&path, json!({ "spec": { "replicas": 3 } }))
        .await
        .unwrap();
    let names = cluster.names("", "pods", "actions");
    assert!(
        names.len() == 3 && names.iter().any(|other| other == name),
        "{names:?}"
    );
    // Another template replaces them all.
    let other = json!({ "spec": { "template": { "spec": { "dockerEnabled": false } } } });
    cluster.merge(&path, other).await.unwrap();
    let replaced = cluster.names("", "pods", "actions");
    assert_eq!(replaced.len(), 3);
    assert!(
        replaced.iter().all(|name| !names.contains(name)),
        "{replaced:?}"
    );
    // A pod that is deleted comes again under another name.
    cluster
        .delete(&format!("{PODS}/{}", replaced[0]), json!({}))
        .await
        .unwrap();
    let again = cluster.names("", "pods", "actions");
    assert!(
        again.len() == 3 && !again.contains(&replaced[0]),
        "{again:?}"
    );
    cluster
        .merge(&path, json!({ "spec": { "replicas": 0 } }))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster
        .merge(&path, json!({ "spec": { "replicas": 2 } }))
        .await
        .unwrap();
    cluster.delete(&path, json!({})).await.unwrap();
    assert!(cluster.pods().is_empty());
}

#[tokio::test]
async fn runners_wait_for_their_account() {
    let cluster = Cluster::new().await;
    let template = json!({ "serviceAccountName": "ci" });
    cluster
        .create(RUNNERS, runners("r", Some(2), &template))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster
        .create(ACCOUNTS, account("ci", &json!({})))
        .await
        .unwrap();
    assert_eq!(cluster.pods().len(), 2);
}

#[tokio::test]
async fn scale_sets_and_single_runners_become_pods() {
    let cluster = Cluster::new().await;
    let group = "/apis/actions.github.com/v1alpha1/namespaces/actions";
    let container = json!({ "name": "runner", "image": "ghcr.io/actions/actions-runner:latest" });
    let set = |name: &str, min: Value| {
        json!({
            "apiVersion": "actions.github.com/v1alpha1",
            "kind": "AutoscalingRunnerSet",
            "metadata": { "name": name },
            "spec": { "minRunners": min, "template": { "spec": { "containers": [container] } } },
        })
    };
    let sets = format!("{group}/autoscalingrunnersets");
    cluster
        .create(&sets, set("idle", Value::Null))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster.create(&sets, set("two", json!(2))).await.unwrap();
    assert_eq!(cluster.pods().len(), 2);
    cluster
        .delete(&format!("{sets}/two"), json!({}))
        .await
        .unwrap();
    let ephemeral = json!({
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "EphemeralRunner",
        "metadata": { "name": "one" },
        "spec": { "spec": { "containers": [container] } },
    });
    cluster
        .create(&format!("{group}/ephemeralrunners"), ephemeral)
        .await
        .unwrap();
    let runner = json!({
        "apiVersion": "actions.summerwind.dev/v1alpha1",
        "kind": "Runner",
        "metadata": { "name": "two" },
        "spec": { "repository": "acme/app" },
    });
    let runners = "/apis/actions.summerwind.dev/v1alpha1/namespaces/actions/runners";
    cluster.create(runners, runner).await.unwrap();
    assert_eq!(cluster.names("", "pods", "actions"), ["one", "two"]);
}
