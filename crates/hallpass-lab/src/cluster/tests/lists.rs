//! Lists: pages, versions, selectors.

use serde_json::{Value, json};

use super::super::objects::text;
use super::cluster::*;

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(item, "/metadata/name"))
        .collect()
}

async fn fill(cluster: &Cluster, count: usize) {
    for number in 0..count {
        let mut map = config_map(&format!("m{number:02}"));
        map["metadata"]["labels"] = json!({ "odd": (number % 2).to_string() });
        cluster.create(MAPS, map).await.unwrap();
    }
}

#[tokio::test]
async fn pages_are_one_list_even_when_objects_change_between_them() {
    let cluster = Cluster::new().await;
    fill(&cluster, 10).await;
    let whole = cluster.list(MAPS).await.unwrap();
    let mut items = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("{MAPS}?limit=3&continue={token}");
        let page = cluster.list(&path).await.unwrap();
        assert_eq!(version(&page), version(&whole));
        items.extend(page["items"].as_array().unwrap().clone());
        token = text(&page, "/metadata/continue").to_owned();
        let remaining = page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
        assert_eq!(items.len() + usize::try_from(remaining).unwrap(), 11);
        if token.is_empty() {
            break;
        }
        let first = format!("{MAPS}/m{:02}", items.len());
        let _ = cluster.delete(&first, json!({})).await;
        let _ = cluster
            .create(MAPS, config_map(&format!("n{}", items.len())))
            .await;
        let label = json!({ "metadata": { "labels": { "late": "yes" } } });
        let _ = cluster.merge(&format!("{MAPS}/m09"), label).await;
    }
    assert_eq!(json!(items), whole["items"]);
}

#[tokio::test]
async fn a_page_is_filled_past_what_a_selector_leaves_out() {
    let cluster = Cluster::new().await;
    fill(&cluster, 9).await;
    let first = cluster
        .list(&format!("{MAPS}?limit=3&labelSelector=odd%3D1"))
        .await
        .unwrap();
    assert_eq!(names(&first), ["m01", "m03", "m05"]);
    assert_eq!(first.pointer("/metadata/remainingItemCount"), None);
    let token = text(&first, "/metadata/continue");
    let path = format!("{MAPS}?limit=3&labelSelector=odd%3D1&continue={token}");
    let second = cluster.list(&path).await.unwrap();
    assert_eq!(names(&second), ["m07"]);
    assert_eq!(text(&second, "/metadata/continue"), "");
}

#[tokio::test]
async fn a_list_has_the_version_that_was_asked_for() {
    let cluster = Cluster::new().await;
    fill(&cluster, 2).await;
    let then = cluster.list(MAPS).await.unwrap();
    cluster
        .delete(&format!("{MAPS}/m00"), json!({}))
        .await
        .unwrap();
    for name in ["late", "m00"] {
        cluster.create(MAPS, config_map(name)).await.unwrap();
    }
    let at = version(&then);
    let exact = format!("{MAPS}?resourceVersion={at}&resourceVersionMatch=Exact");
    assert_eq!(cluster.list(&exact).await.unwrap(), then);
    let newer = cluster
        .list(&format!(
            "{MAPS}?resourceVersion={at}&resourceVersionMatch=NotOlderThan"
        ))
        .await
        .unwrap();
    assert!(version(&newer) > at && newer["items"].as_array().unwrap().len() == 4);
    let legacy = cluster
        .list(&format!("{MAPS}?resourceVersion={at}&limit=10"))
        .await
        .unwrap();
    assert_eq!(legacy, then);
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused() {
    let cluster = Cluster::new().await;
    fill(&cluster, 3).await;
    let page = cluster.list(&format!("{MAPS}?limit=1")).await.unwrap();
    let token = text(&page, "/metadata/continue");
    for (query, code, reason) in [
        ("continue=x".to_owned(), 400, "BadRequest"),
        (
            format!("continue={token}&resourceVersion=5"),
            400,
            "BadRequest",
        ),
        (
            format!("continue={token}&resourceVersionMatch=Exact"),
            422,
            "Invalid",
        ),
        ("resourceVersion=x".to_owned(), 422, "Invalid"),
        ("resourceVersion=99999999".to_owned(), 504, "Timeout"),
        ("resourceVersionMatch=Exact".to_owned(), 422, "Invalid"),
        (
            "resourceVersion=0&resourceVersionMatch=Exact".to_owned(),
            422,
            "Invalid",
        ),
        (
            "resourceVersion=1&resourceVersionMatch=Near".to_owned(),
            422,
            "Invalid",
        ),
        ("fieldSelector=spec.x%3D1".to_owned(), 400, "BadRequest"),
        ("labelSelector=a+b".to_owned(), 400, "BadRequest"),
    ] {
        let outcome = refused(cluster.list(&format!("{MAPS}?{query}")).await);
        assert_eq!(
            (outcome.0, outcome.1),
            (code, reason),
            "{query}: {}",
            outcome.2
        );
    }
}

#[tokio::test]
async fn a_page_whose_version_is_gone_tells_how_to_go_on() {
    let cluster = Cluster::new().await;
    fill(&cluster, 3).await;
    let page = cluster.list(&format!("{MAPS}?limit=1")).await.unwrap();
    let token = text(&page, "/metadata/continue").to_owned();
    cluster.create(MAPS, config_map("late")).await.unwrap();
    // As after a restart: the history begins anew.
    let present = cluster.list(MAPS).await.unwrap();
    let history = &cluster.world().cluster.history;
    history.forget_all(version(&present));
    let path = |token: &str| format!("{MAPS}?limit=9&continue={token}");
    let status = cluster.list(&path(&token)).await.unwrap_err();
    assert_eq!((status.code, status.reason), (410, "Expired"));
    let told = status.to_json();
    let next = text(&told, "/metadata/continue").to_owned();
    let rest = cluster.list(&path(&next)).await.unwrap();
    assert_eq!(names(&rest), ["late", "m00", "m01", "m02"]);
}

#[tokio::test]
async fn a_namespace_lists_its_own() {
    let cluster = Cluster::new().await;
    let other = json!({ "metadata": { "name": "actions-2" } });
    cluster.create("/api/v1/namespaces", other).await.unwrap();
    fill(&cluster, 2).await;
    let whole = cluster
        .list("/api/v1/configmaps?fieldSelector=metadata.namespace%3Dactions")
        .await
        .unwrap();
    let own = cluster.list(MAPS).await.unwrap();
    assert_eq!(whole["items"], own["items"]);
    assert_eq!(names(&own), ["kube-root-ca.crt", "m00", "m01"]);
}
