//! Finalizers, owners, namespaces that end.

use serde_json::{Value, json};

use super::super::objects::text;
use super::super::watch::EventKind::{Added, Deleted, Modified};
use super::cluster::*;

fn owned(name: &str, owner: &Value, blocks: bool) -> Value {
    json!({ "metadata": { "name": name, "ownerReferences": [{
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": blocks,
    }] } })
}

fn held(name: &str) -> Value {
    json!({ "metadata": { "name": name, "finalizers": ["example.com/hold"] } })
}

fn release() -> Value {
    json!({ "metadata": { "finalizers": null } })
}

fn maps(cluster: &Cluster) -> Vec<String> {
    let mut names = cluster.names("", "configmaps", "actions");
    names.retain(|name| name != "kube-root-ca.crt");
    names
}

#[tokio::test]
async fn finalizers_hold_an_object_until_they_are_gone() {
    let cluster = Cluster::new().await;
    let path = format!("{MAPS}/a");
    let made = cluster.create(MAPS, held("a")).await.unwrap();
    let mut watcher = cluster
        .watch(&format!("{MAPS}?resourceVersion={}", version(&made)))
        .await
        .unwrap();
    let marked = cluster.delete(&path, json!({})).await.unwrap();
    assert!(!text(&marked, "/metadata/deletionTimestamp").is_empty());
    // Once more changes nothing.
    let again = cluster.delete(&path, json!({})).await.unwrap();
    assert_eq!(again, marked);
    let more = json!({ "metadata": { "finalizers": ["example.com/hold", "example.com/more"] } });
    let (code, _, message) = refused(cluster.merge(&path, more).await);
    assert_eq!(code, 422);
    assert!(
        message.contains("no new finalizers can be added"),
        "{message}"
    );
    cluster.merge(&path, release()).await.unwrap();
    assert_eq!(refused(cluster.get(&path).await).0, 404);
    let events = told(&mut watcher);
    assert_eq!(
        brief(&events),
        [(Modified, "a"), (Modified, "a"), (Deleted, "a")]
    );
    let versions: Vec<_> = events.iter().map(|event| version(&event.object)).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[tokio::test]
async fn dependents_go_with_their_last_owner() {
    let cluster = Cluster::new().await;
    let one = cluster.create(MAPS, config_map("one")).await.unwrap();
    let two = cluster.create(MAPS, config_map("two")).await.unwrap();
    let mut both = owned("both", &one, false);
    let second = owned("x", &two, false)["metadata"]["ownerReferences"][0].clone();
    both["metadata"]["ownerReferences"]
        .as_array_mut()
        .unwrap()
        .push(second);
    cluster.create(MAPS, both).await.unwrap();
    let child = cluster
        .create(MAPS, owned("child", &one, false))
        .await
        .unwrap();
    cluster
        .create(MAPS, owned("grandchild", &child, true))
        .await
        .unwrap();
    cluster
        .delete(&format!("{MAPS}/one"), json!({}))
        .await
        .unwrap();
    assert_eq!(maps(&cluster), ["both", "two"]);
    let left = cluster.get(&format!("{MAPS}/both")).await.unwrap();
    assert_eq!(
        left["metadata"]["ownerReferences"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    cluster
        .delete(&format!("{MAPS}/two"), json!({}))
        .await
        .unwrap();
    assert!(maps(&cluster).is_empty());
}

#[tokio::test]
async fn in_the_foreground_the_owner_goes_last() {
    let cluster = Cluster::new().await;
    let owner = cluster.create(MAPS, config_map("owner")).await.unwrap();
    cluster
        .create(MAPS, owned("free", &owner, true))
        .await
        .unwrap();
    let mut blocking = owned("held", &owner, true);
    blocking["metadata"]["finalizers"] = json!(["example.com/hold"]);
    cluster.create(MAPS, blocking).await.unwrap();
    let mut watcher = cluster
        .watch(&format!(
            "{MAPS}?resourceVersion={}&fieldSelector=metadata.name!=x",
            cluster.list(MAPS).await.unwrap()["metadata"]["resourceVersion"]
                .as_str()
                .unwrap()
        ))
        .await
        .unwrap();
    let options = json!({ "propagationPolicy": "Foreground" });
    let path = format!("{MAPS}/owner");
    let waits = cluster.delete(&path, options).await.unwrap();
    assert_eq!(
        waits["metadata"]["finalizers"],
        json!(["foregroundDeletion"])
    );
    assert_eq!(maps(&cluster), ["held", "owner"]);
    cluster
        .merge(&format!("{MAPS}/held"), release())
        .await
        .unwrap();
    assert!(maps(&cluster).is_empty());
    let events = told(&mut watcher);
    let gone: Vec<_> = brief(&events)
        .into_iter()
        .filter(|(kind, _)| *kind == Deleted)
        .map(|(_, name)| name)
        .collect();
    assert_eq!(gone, ["free", "held", "owner"]);
}

#[tokio::test]
async fn orphans_lose_their_owner_and_stay() {
    let cluster = Cluster::new().await;
    let owner = cluster.create(MAPS, config_map("owner")).await.unwrap();
    cluster
        .create(MAPS, owned("child", &owner, true))
        .await
        .unwrap();
    let options = json!({ "propagationPolicy": "Orphan" });
    cluster
        .delete(&format!("{MAPS}/owner"), options)
        .await
        .unwrap();
    assert_eq!(maps(&cluster), ["child"]);
    let child = cluster.get(&format!("{MAPS}/child")).await.unwrap();
    assert_eq!(child.pointer("/metadata/ownerReferences"), None);
}

#[tokio::test]
async fn what_names_an_owner_that_is_not_there_goes() {
    let cluster = Cluster::new().await;
    let owner = cluster.create(MAPS, config_map("owner")).await.unwrap();
    let mut other = owner.clone();
    other["metadata"]["uid"] = json!("another");
    cluster
        .create(MAPS, owned("stray", &other, false))
        .await
        .unwrap();
    let mut unknown = owned("unknown", &owner, false);
    unknown["metadata"]["ownerReferences"][0]["kind"] = json!("Widget");
    cluster.create(MAPS, unknown).await.unwrap();
    assert_eq!(maps(&cluster), ["owner", "unknown"]);
}

#[tokio::test]
async fn a_long_chain_of_owners_is_walked() {
    let cluster = Cluster::new().await;
    let first = cluster.create(MAPS, config_map("m0")).await.unwrap();
    let mut last = first;
    for number in 1..200 {
        let next = owned(&format!("m{number}"), &last, true);
        last = cluster.create(MAPS, next).await.unwrap();
    }
    for policy in ["Foreground"] {
        let options = json!({ "propagationPolicy": policy });
        cluster
            .delete(&format!("{MAPS}/m0"), options)
            .await
            .unwrap();
        assert!(maps(&cluster).is_empty());
    }
}

#[tokio::test]
async fn a_running_pod_is_seen_terminating_before_it_is_gone() {
    let cluster = Cluster::new().await;
    let made = cluster.create(PODS, pod("a")).await.unwrap();
    let watch = format!("{PODS}?resourceVersion={}", version(&made));
    let mut watcher = cluster.watch(&watch).await.unwrap();
    let path = format!("{PODS}/a");
    let last = cluster.delete(&path, json!({})).await.unwrap();
    assert_eq!(last["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(refused(cluster.get(&path).await).0, 404);
    assert_eq!(
        brief(&told(&mut watcher)),
        [(Modified, "a"), (Deleted, "a")]
    );
    cluster.create(PODS, pod("a")).await.unwrap();
    let options = json!({ "gracePeriodSeconds": 0 });
    cluster.delete(&path, options).await.unwrap();
    assert_eq!(brief(&told(&mut watcher)), [(Added, "a"), (Deleted, "a")]);
}

#[tokio::test]
async fn a_namespace_ends_when_nothing_in_it_holds() {
    let cluster = Cluster::new().await;
    cluster.create(MAPS, held("a")).await.unwrap();
    cluster.create(PODS, pod("p")).await.unwrap();
    let path = "/api/v1/namespaces/actions";
    let ends = cluster.delete(path, json!({})).await.unwrap();
    assert_eq!(text(&ends, "/status/phase"), "Terminating");
    assert_eq!(maps(&cluster), ["a"]);
    assert!(cluster.pods().is_empty());
    let (code, reason, message) = refused(cluster.create(MAPS, config_map("b")).await);
    assert_eq!((code, reason), (403, "Forbidden"));
    assert!(
        message.contains("because it is being terminated"),
        "{message}"
    );
    cluster
        .merge(&format!("{MAPS}/a"), release())
        .await
        .unwrap();
    assert_eq!(refused(cluster.get(path).await).0, 404);
}

#[tokio::test]
async fn many_are_deleted_at_once() {
    let cluster = Cluster::new().await;
    for number in 0..100 {
        let mut map = config_map(&format!("m{number}"));
        map["metadata"]["labels"] = json!({ "odd": (number % 2).to_string() });
        cluster.create(MAPS, map).await.unwrap();
    }
    let gone = cluster
        .delete_all(&format!("{MAPS}?labelSelector=odd%3D1"))
        .await
        .unwrap();
    assert_eq!(gone["items"].as_array().unwrap().len(), 50);
    assert_eq!(maps(&cluster).len(), 50);
    assert_eq!(
        refused(cluster.delete_all("/api/v1/namespaces").await).0,
        405
    );
}

#[tokio::test]
async fn a_deletion_says_what_it_means() {
    let cluster = Cluster::new().await;
    cluster.create(MAPS, config_map("a")).await.unwrap();
    let path = format!("{MAPS}/a");
    for options in [
        json!({ "propagationPolicy": "Sideways" }),
        json!({ "propagationPolicy": "Orphan", "orphanDependents": true }),
        json!({ "gracePeriodSeconds": -1 }),
    ] {
        assert_eq!(refused(cluster.delete(&path, options).await).0, 422);
    }
    let dry = json!({ "dryRun": ["All"] });
    cluster.delete(&path, dry).await.unwrap();
    let options = json!({ "preconditions": { "resourceVersion": "1" } });
    assert_eq!(refused(cluster.delete(&path, options).await).0, 409);
    let answer = cluster.delete(&path, json!({})).await.unwrap();
    assert_eq!(text(&answer, "/status"), "Success");
}
