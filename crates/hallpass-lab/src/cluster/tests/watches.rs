//! Watches: where they begin, what they tell, when they end.

use serde_json::{Value, json};

use super::super::objects::text;
use super::super::watch::EventKind::{Added, Bookmark, Deleted, Error, Modified};
use super::cluster::*;

fn label(value: Option<&str>) -> Value {
    json!({ "metadata": { "labels": { "l": value } } })
}

#[tokio::test]
async fn a_watch_without_a_version_begins_with_what_is_there() {
    let cluster = Cluster::new().await;
    cluster.create(MAPS, config_map("a")).await.unwrap();
    for query in ["", "?resourceVersion=0"] {
        let mut watcher = cluster.watch(&format!("{MAPS}{query}")).await.unwrap();
        let events = told(&mut watcher);
        assert_eq!(brief(&events), [(Added, "a"), (Added, "kube-root-ca.crt")]);
    }
    let mut watcher = cluster.watch(MAPS).await.unwrap();
    told(&mut watcher);
    cluster.create(MAPS, config_map("b")).await.unwrap();
    let changed = cluster
        .merge(&format!("{MAPS}/b"), label(Some("x")))
        .await
        .unwrap();
    cluster
        .delete(&format!("{MAPS}/b"), json!({}))
        .await
        .unwrap();
    // Another namespace's objects are not told.
    let other = "/api/v1/namespaces/default/configmaps";
    cluster.create(other, config_map("c")).await.unwrap();
    let events = told(&mut watcher);
    assert_eq!(
        brief(&events),
        [(Added, "b"), (Modified, "b"), (Deleted, "b")]
    );
    assert_eq!(events[1].object, changed);
    // The last state, with the version of the deletion.
    let last = &events[2].object;
    assert!(version(last) > version(&changed));
    assert_eq!(last["metadata"]["labels"], changed["metadata"]["labels"]);
}

#[tokio::test]
async fn a_watch_from_a_version_misses_nothing_and_repeats_nothing() {
    let cluster = Cluster::new().await;
    let made = cluster.create(MAPS, config_map("a")).await.unwrap();
    cluster.create(MAPS, config_map("b")).await.unwrap();
    cluster
        .delete(&format!("{MAPS}/a"), json!({}))
        .await
        .unwrap();
    let path = format!("{MAPS}?resourceVersion={}", version(&made));
    let mut watcher = cluster.watch(&path).await.unwrap();
    assert_eq!(brief(&told(&mut watcher)), [(Added, "b"), (Deleted, "a")]);
    assert!(told(&mut watcher).is_empty());
}

#[tokio::test]
async fn what_leaves_the_selector_is_gone_for_the_watch() {
    let cluster = Cluster::new().await;
    let path = format!("{MAPS}?labelSelector=l%3Dx");
    let mut watcher = cluster.watch(&path).await.unwrap();
    cluster.create(MAPS, config_map("a")).await.unwrap();
    let one = format!("{MAPS}/a");
    cluster.merge(&one, label(Some("x"))).await.unwrap();
    cluster
        .merge(&one, json!({ "data": { "k": "v" } }))
        .await
        .unwrap();
    let left = cluster.merge(&one, label(Some("y"))).await.unwrap();
    cluster.delete(&one, json!({})).await.unwrap();
    let events = told(&mut watcher);
    assert_eq!(
        brief(&events),
        [(Added, "a"), (Modified, "a"), (Deleted, "a")]
    );
    assert_eq!(version(&events[2].object), version(&left));
}

#[tokio::test]
async fn a_streamed_list_ends_with_a_bookmark() {
    let cluster = Cluster::new().await;
    cluster.create(MAPS, config_map("a")).await.unwrap();
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watcher = cluster.watch(&format!("{MAPS}?{query}")).await.unwrap();
    let events = told(&mut watcher);
    assert_eq!(
        brief(&events),
        [(Added, "a"), (Added, "kube-root-ca.crt"), (Bookmark, "")]
    );
    let bookmark = &events[2].object;
    let list = cluster.list(MAPS).await.unwrap();
    assert_eq!(version(bookmark), version(&list));
    assert_eq!(
        bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    assert_eq!(
        (text(bookmark, "/kind"), text(bookmark, "/apiVersion")),
        ("ConfigMap", "v1")
    );
    for query in [
        "sendInitialEvents=true",
        "sendInitialEvents=true&resourceVersionMatch=Exact",
        "resourceVersionMatch=NotOlderThan",
    ] {
        assert_eq!(
            refused(cluster.watch(&format!("{MAPS}?{query}")).await).0,
            422,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_version_that_is_gone_is_told_and_ends_the_watch() {
    let cluster = Cluster::new().await;
    let made = cluster.create(MAPS, config_map("a")).await.unwrap();
    cluster.create(MAPS, config_map("b")).await.unwrap();
    let history = &cluster.world().cluster.history;
    history.forget_all(version(&made) + 1);
    let path = format!("{MAPS}?resourceVersion={}", version(&made));
    let mut watcher = cluster.watch(&path).await.unwrap();
    let events = told(&mut watcher);
    let [only] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((only.kind, &only.object["code"]), (Error, &json!(410)));
    assert_eq!(only.object["reason"], "Expired");
    assert!(watcher.next().await.is_none());
}

#[tokio::test]
async fn a_watch_ends_in_time_after_a_bookmark() {
    let cluster = Cluster::new().await;
    let made = cluster.create(MAPS, config_map("a")).await.unwrap();
    let query = "timeoutSeconds=1&allowWatchBookmarks=true";
    let path = format!("{MAPS}?{query}&resourceVersion={}", version(&made));
    let mut watcher = cluster.watch(&path).await.unwrap();
    let bookmark = watcher.next().await.unwrap();
    assert_eq!(bookmark.kind, Bookmark);
    assert_eq!(version(&bookmark.value(&watcher.view)), version(&made));
    assert!(watcher.next().await.is_none());
}

#[tokio::test]
async fn a_watch_ends_with_the_lab() {
    let cluster = Cluster::new().await;
    let mut watcher = cluster.watch(MAPS).await.unwrap();
    told(&mut watcher);
    cluster.world().cluster.history.end();
    assert!(watcher.next().await.is_none());
}
