//! What changes of the cluster's objects do, and what they refuse.

use serde_json::json;

use super::super::objects::{self, text};
use super::cluster::*;

#[tokio::test]
async fn a_created_object_has_what_the_cluster_gives_it() {
    let cluster = Cluster::new().await;
    let made = cluster
        .create(ACCOUNTS, account("ci", &json!({ "a": "b" })))
        .await
        .unwrap();
    assert_eq!(text(&made, "/apiVersion"), "v1");
    assert_eq!(text(&made, "/kind"), "ServiceAccount");
    assert_eq!(text(&made, "/metadata/namespace"), "actions");
    let created: hallpass_types::Timestamp =
        text(&made, "/metadata/creationTimestamp").parse().unwrap();
    assert!((cluster.now().as_second() - created.as_second()).abs() < 60);
    assert_eq!(text(&made, "/metadata/uid").len(), 36);
    let version: u64 = text(&made, "/metadata/resourceVersion").parse().unwrap();
    let next = cluster
        .create(ACCOUNTS, account("next", &json!({})))
        .await
        .unwrap();
    let next: u64 = text(&next, "/metadata/resourceVersion").parse().unwrap();
    assert!(next > version);
    let generated = json!({ "metadata": { "generateName": "ci-" } });
    let made = cluster.create(ACCOUNTS, generated).await.unwrap();
    assert_eq!(text(&made, "/metadata/name").len(), "ci-".len() + 5);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn what_cannot_be_created_is_refused_in_kubernetes_words() {
    let cluster = Cluster::new().await;
    cluster
        .create(ACCOUNTS, account("ci", &json!({})))
        .await
        .unwrap();
    for (path, body, code, reason, says) in [
        (
            ACCOUNTS,
            account("ci", &json!({})),
            409,
            "AlreadyExists",
            "serviceaccounts \"ci\" already exists",
        ),
        (
            "/api/v1/namespaces/none/serviceaccounts",
            account("ci", &json!({})),
            404,
            "NotFound",
            "namespaces \"none\" not found",
        ),
        (
            ACCOUNTS,
            json!({ "metadata": { "name": "x", "namespace": "default" } }),
            400,
            "BadRequest",
            "does not match the namespace",
        ),
        (
            ACCOUNTS,
            account("Bad_Name", &json!({})),
            422,
            "Invalid",
            "ServiceAccount \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\"",
        ),
        (
            ACCOUNTS,
            account("../x", &json!({})),
            422,
            "Invalid",
            "metadata.name",
        ),
        (
            ACCOUNTS,
            json!({}),
            422,
            "Invalid",
            "name or generateName is required",
        ),
        (
            "/api/v1/namespaces",
            account("a.b", &json!({})),
            422,
            "Invalid",
            "RFC 1123 label",
        ),
        (
            ACCOUNTS,
            account("x", &json!({ "a": 1 })),
            400,
            "BadRequest",
            "map[string]string",
        ),
        (
            ACCOUNTS,
            account("x", &json!({ "a b": "1" })),
            422,
            "Invalid",
            "metadata.annotations",
        ),
        (
            ACCOUNTS,
            json!({ "kind": "Pod", "metadata": { "name": "x" } }),
            400,
            "BadRequest",
            "must be of type ServiceAccount",
        ),
        (
            ACCOUNTS,
            json!({ "apiVersion": "v2", "metadata": { "name": "x" } }),
            400,
            "BadRequest",
            "does not match the expected API version (v1)",
        ),
        (
            ACCOUNTS,
            json!({ "metadata": { "name": "x", "resourceVersion": "1" } }),
            400,
            "BadRequest",
            "resourceVersion",
        ),
        (ACCOUNTS, json!([]), 400, "BadRequest", "not an object"),
        (
            "/apis/actions.github.com/v1alpha1/namespaces/actions/ephemeralrunners",
            account("x", &json!({})),
            400,
            "BadRequest",
            "'Kind' is missing",
        ),
        (
            PODS,
            json!({ "metadata": { "name": "x" }, "spec": {} }),
            422,
            "Invalid",
            "spec.containers: Required value",
        ),
        (
            PODS,
            json!({ "metadata": { "name": "x" } }),
            422,
            "Invalid",
            "spec.containers",
        ),
        (
            PODS,
            json!({ "metadata": { "name": "x" }, "spec": { "serviceAccountName": "none", "containers": [{}] } }),
            403,
            "Forbidden",
            "error looking up service account actions/none: serviceaccount \"none\" not found",
        ),
        (
            PODS,
            json!({ "metadata": { "name": "x" }, "spec": { "containers": [{ "name": "a", "image": "i" }], "volumes": [
                { "name": "v", "projected": { "sources": [{ "serviceAccountToken": { "path": "../../x", "expirationSeconds": 5 } }] } },
            ] } }),
            422,
            "Invalid",
            "must not contain '..'",
        ),
        (
            PODS,
            json!({ "metadata": { "name": "x" }, "spec": { "containers": 1 } }),
            400,
            "BadRequest",
            "PodSpec.spec.containers",
        ),
    ] {
        let found = refused(cluster.create(path, body.clone()).await);
        assert_eq!((found.0, found.1), (code, reason), "{body}: {}", found.2);
        assert!(found.2.contains(says), "{body}: {}", found.2);
    }
}

#[tokio::test]
async fn updates_keep_what_is_the_clusters_and_refuse_what_is_stale() {
    let cluster = Cluster::new().await;
    let made = cluster
        .create(ACCOUNTS, account("ci", &json!({ "a": "1" })))
        .await
        .unwrap();
    let path = format!("{ACCOUNTS}/ci");
    let mut body = made.clone();
    body["metadata"]["annotations"]["a"] = json!("2");
    let changed = cluster.update(&path, body.clone()).await.unwrap();
    assert_eq!(changed["metadata"]["uid"], made["metadata"]["uid"]);
    assert_ne!(
        changed["metadata"]["resourceVersion"],
        made["metadata"]["resourceVersion"]
    );
    let (code, reason, message) = refused(cluster.update(&path, body.clone()).await);
    assert_eq!((code, reason), (409, "Conflict"));
    assert!(message.ends_with("please apply your changes to the latest version and try again"));
    // The same again changes nothing, its version neither.
    let same = cluster.update(&path, changed.clone()).await.unwrap();
    assert_eq!(same, changed);
    let other = refused(cluster.update(&path, account("other", &json!({}))).await);
    assert_eq!(other.0, 400);
    let gone = refused(
        cluster
            .update(&format!("{ACCOUNTS}/none"), account("none", &json!({})))
            .await,
    );
    assert_eq!(gone.0, 404);
    let merged = cluster
        .merge(
            &path,
            json!({ "metadata": { "annotations": { "a": null, "b": "3" } } }),
        )
        .await;
    assert_eq!(
        merged.unwrap()["metadata"]["annotations"],
        json!({ "b": "3" })
    );
    let stale = json!({ "metadata": { "resourceVersion": "1" } });
    assert_eq!(refused(cluster.merge(&path, stale).await).0, 409);
}

#[tokio::test]
async fn each_namespace_keeps_its_default_account() {
    let cluster = Cluster::new().await;
    assert_eq!(cluster.names("", "serviceaccounts", "actions"), ["default"]);
    cluster
        .delete(&format!("{ACCOUNTS}/default"), json!({}))
        .await
        .unwrap();
    assert_eq!(cluster.names("", "serviceaccounts", "actions"), ["default"]);
}

#[tokio::test]
async fn a_deleted_namespace_takes_all_with_it() {
    let cluster = Cluster::new().await;
    cluster.create(PODS, pod("a")).await.unwrap();
    cluster
        .create(RUNNERS, runners("r", None, &json!({})))
        .await
        .unwrap();
    let protected = refused(
        cluster
            .delete("/api/v1/namespaces/default", json!({}))
            .await,
    );
    assert_eq!((protected.0, protected.1), (403, "Forbidden"));
    cluster
        .delete("/api/v1/namespaces/actions", json!({}))
        .await
        .unwrap();
    let left = cluster.world().store.read(|state| {
        let inside = state
            .objects
            .values()
            .filter(|object| object.namespace == "actions");
        inside.count()
    });
    assert_eq!(left, 0);
}

#[tokio::test]
async fn preconditions_of_a_deletion_hold() {
    let cluster = Cluster::new().await;
    let made = cluster.create(PODS, pod("a")).await.unwrap();
    let path = format!("{PODS}/a");
    let wrong = json!({ "preconditions": { "uid": "x" } });
    assert_eq!(refused(cluster.delete(&path, wrong).await).0, 409);
    let right = json!({ "preconditions": { "uid": made["metadata"]["uid"] } });
    cluster.delete(&path, right).await.unwrap();
    assert_eq!(refused(cluster.delete(&path, json!({})).await).0, 404);
}

#[tokio::test]
async fn pods_are_injected_at_their_creation_and_not_after() {
    let cluster = Cluster::new().await;
    let role = json!({ "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/ci" });
    cluster
        .create(ACCOUNTS, account("ci", &role))
        .await
        .unwrap();
    let of_account = |name: &str, account: &str| {
        let mut pod = pod(name);
        pod["spec"]["serviceAccountName"] = json!(account);
        pod
    };
    let plain = cluster.create(PODS, pod("plain")).await.unwrap();
    assert_eq!(text(&plain, "/spec/serviceAccountName"), "default");
    assert!(text(&plain, "/spec/nodeName").starts_with("ip-10-0-"));
    assert_eq!(text(&plain, "/status/phase"), "Running");
    assert_eq!(plain.pointer("/spec/volumes"), None);
    let injected = cluster
        .create(PODS, of_account("injected", "ci"))
        .await
        .unwrap();
    let region = cluster.world().identity.region.to_string();
    let variables: Vec<_> = objects::elements(&injected, "/spec/containers/0/env")
        .map(|variable| (text(variable, "/name"), text(variable, "/value")))
        .collect();
    assert_eq!(
        variables,
        [
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_DEFAULT_REGION", region.as_str()),
            ("AWS_REGION", region.as_str()),
            ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/ci"),
            (
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
            ),
        ]
    );
    let other = json!({ "metadata": { "annotations": {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/other",
    } } });
    cluster
        .merge(&format!("{ACCOUNTS}/ci"), other)
        .await
        .unwrap();
    let pods = cluster.pods();
    let running = pods
        .iter()
        .find(|pod| text(pod, "/metadata/name") == "injected")
        .unwrap();
    assert_eq!(running.pointer("/spec"), injected.pointer("/spec"));
    let label = json!({ "metadata": { "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "true" } } });
    cluster
        .merge("/api/v1/namespaces/actions", label)
        .await
        .unwrap();
    let skipped = cluster
        .create(PODS, of_account("skipped", "ci"))
        .await
        .unwrap();
    assert_eq!(skipped.pointer("/spec/volumes"), None);
}

#[tokio::test]
async fn a_running_pod_is_changed_in_its_image_and_its_labels_only() {
    let cluster = Cluster::new().await;
    let made = cluster.create(PODS, pod("a")).await.unwrap();
    let path = format!("{PODS}/a");
    let mut image = made.clone();
    image["spec"]["containers"][0]["image"] = json!("example.com/a:2");
    cluster.update(&path, image).await.unwrap();
    let account = json!({ "spec": { "serviceAccountName": "other" } });
    let (code, reason, message) = refused(cluster.merge(&path, account).await);
    assert_eq!((code, reason), (422, "Invalid"));
    assert!(
        message.contains("pod updates may not change fields"),
        "{message}"
    );
}

#[tokio::test]
async fn orphans_stay() {
    let cluster = Cluster::new().await;
    cluster
        .create(RUNNERS, runners("r", None, &json!({})))
        .await
        .unwrap();
    let orphan = json!({ "propagationPolicy": "Orphan" });
    cluster
        .delete(&format!("{RUNNERS}/r"), orphan)
        .await
        .unwrap();
    assert_eq!(cluster.pods().len(), 1);
    let group = "actions.summerwind.dev";
    let [set] = cluster
        .names(group, "runnerreplicasets", "actions")
        .try_into()
        .unwrap();
    let path = RUNNERS.replace("runnerdeployments", "runnerreplicasets");
    let set = cluster.get(&format!("{path}/{set}")).await.unwrap();
    assert_eq!(set.pointer("/metadata/ownerReferences"), None);
}
