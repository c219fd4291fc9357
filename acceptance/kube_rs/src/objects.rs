//! Changes of objects: create, replace, patch, apply, page.

use anyhow::{Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, ServiceAccount};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::room::{self, code, config_map};

/// Create, read, replace, conflict, dry run, delete.
pub async fn changes(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    let made = maps
        .create(&PostParams::default(), &config_map("one", &[("a", "1")]))
        .await?;
    ensure!(made.uid().is_some() && made.resource_version().is_some());
    let twice = maps
        .create(&PostParams::default(), &config_map("one", &[]))
        .await;
    ensure!(
        twice.as_ref().err().and_then(code) == Some(409),
        "{twice:?}"
    );

    let mut newer = made.clone();
    newer
        .data
        .get_or_insert_default()
        .insert("b".to_owned(), "2".to_owned());
    let replaced = maps.replace("one", &PostParams::default(), &newer).await?;
    ensure!(replaced.resource_version() != made.resource_version());
    let stale = maps.replace("one", &PostParams::default(), &newer).await;
    ensure!(
        stale.as_ref().err().and_then(code) == Some(409),
        "{stale:?}"
    );

    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    maps.create(&dry, &config_map("two", &[])).await?;
    ensure!(
        maps.get_opt("two").await?.is_none(),
        "a dry run left an object"
    );

    let wrong = DeleteParams::default().preconditions(kube::api::Preconditions {
        uid: Some("somebody-else".to_owned()),
        resource_version: None,
    });
    let kept = maps.delete("one", &wrong).await;
    ensure!(kept.as_ref().err().and_then(code) == Some(409), "{kept:?}");
    maps.delete("one", &DeleteParams::default()).await?;
    ensure!(maps.get_opt("one").await?.is_none());
    room::leave(&client, &room).await
}

/// JSON merge patch, strategic merge patch by key.
pub async fn patches(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    maps.create(
        &PostParams::default(),
        &config_map("one", &[("a", "1"), ("b", "2")]),
    )
    .await?;
    let merge = Patch::Merge(json!({ "data": { "a": null, "c": "3" } }));
    let merged = maps.patch("one", &PatchParams::default(), &merge).await?;
    let data = merged.data.unwrap_or_default();
    ensure!(data.keys().eq(["b", "c"]), "{data:?}");

    let pods: Api<Pod> = Api::namespaced(client.clone(), &room);
    let pod: Pod = serde_json::from_value(json!({
        "metadata": { "name": "two" },
        "spec": { "containers": [
            { "name": "first", "image": "scratch:1" },
            { "name": "second", "image": "scratch:1" },
        ] },
    }))?;
    pods.create(&PostParams::default(), &pod).await?;
    let strategic = Patch::Strategic(json!({
        "spec": { "containers": [{ "name": "second", "image": "scratch:2" }] },
    }));
    let patched = pods
        .patch("two", &PatchParams::default(), &strategic)
        .await?;
    let images: Vec<_> = patched
        .spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .map(|one| format!("{}={}", one.name, one.image.clone().unwrap_or_default()))
        .collect();
    ensure!(
        images == ["first=scratch:1", "second=scratch:2"],
        "{images:?}"
    );
    room::leave(&client, &room).await
}

/// Two managers, a conflict, force, and a field that its manager gives up.
pub async fn server_side_apply(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &room);
    let applied = |role: Option<&str>| {
        let annotations = role.map(|role| json!({ "eks.amazonaws.com/role-arn": role }));
        Patch::Apply(json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": "runner", "annotations": annotations.unwrap_or(json!({})) },
        }))
    };
    let ours = PatchParams::apply("hallpass");
    let first = accounts
        .patch("runner", &ours, &applied(Some("arn:one")))
        .await?;
    let again = accounts
        .patch("runner", &ours, &applied(Some("arn:one")))
        .await?;
    ensure!(
        first.resource_version() == again.resource_version(),
        "an apply without change is a write"
    );
    ensure!(
        again
            .managed_fields()
            .iter()
            .any(|entry| entry.manager.as_deref() == Some("hallpass")),
        "{:?}",
        again.managed_fields()
    );

    let theirs = PatchParams::apply("terraform");
    let conflict = accounts
        .patch("runner", &theirs, &applied(Some("arn:two")))
        .await;
    let Err(kube::Error::Api(status)) = conflict else {
        anyhow::bail!("no conflict: {conflict:?}")
    };
    ensure!(status.code == 409, "{status:?}");
    ensure!(status.message.contains("hallpass"), "{}", status.message);
    let forced = accounts
        .patch("runner", &theirs.clone().force(), &applied(Some("arn:two")))
        .await?;
    ensure!(forced.annotations().values().eq(["arn:two"]));
    // The field is terraform's alone: what hallpass no longer applies stays.
    let given_up = accounts.patch("runner", &ours, &applied(None)).await?;
    ensure!(given_up.annotations().values().eq(["arn:two"]));
    let removed = accounts.patch("runner", &theirs, &applied(None)).await?;
    ensure!(
        removed.annotations().is_empty(),
        "{:?}",
        removed.annotations()
    );
    room::leave(&client, &room).await
}

/// A list in pages is the list, and its snapshot holds while others write.
pub async fn pages(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    for number in 0..10 {
        let mut map = config_map(&format!("page-{number}"), &[]);
        map.labels_mut()
            .insert("kept".to_owned(), (number % 2 == 0).to_string());
        maps.create(&PostParams::default(), &map).await?;
    }
    let mut names = Vec::new();
    let mut wanted = ListParams::default()
        .labels("kept in (true,false)")
        .limit(3);
    loop {
        let page = maps.list(&wanted).await?;
        ensure!(page.items.len() <= 3);
        names.extend(page.items.iter().map(ResourceExt::name_any));
        if names.len() == 3 {
            maps.create(&PostParams::default(), &{
                let mut late = config_map("page-99", &[]);
                late.labels_mut()
                    .insert("kept".to_owned(), "true".to_owned());
                late
            })
            .await?;
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => wanted = wanted.continue_token(&token),
            None => break,
        }
    }
    let expected: Vec<_> = (0..10).map(|number| format!("page-{number}")).collect();
    ensure!(names == expected, "{names:?}");
    let even = maps
        .list(&ListParams::default().labels("kept=true"))
        .await?;
    ensure!(even.items.len() == 6);
    let one = maps
        .list(&ListParams::default().fields("metadata.name=page-3"))
        .await?;
    ensure!(one.items.len() == 1);
    room::leave(&client, &room).await
}
