//! Watches: the list and what follows it, streamed lists, metadata alone, a store.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use futures::{Stream, StreamExt, TryStreamExt, pin_mut};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::room::{self, config_map};

/// List and watch.
pub async fn watcher(client: Client) -> Result<()> {
    follow(client, watcher::Config::default().page_size(2)).await
}

/// One watch that begins with the objects that are there.
pub async fn streaming_list(client: Client) -> Result<()> {
    follow(client, watcher::Config::default().streaming_lists()).await
}

async fn follow(client: Client, config: watcher::Config) -> Result<()> {
    let room = room::enter(&client).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    for name in ["a", "b", "c"] {
        let mut map = config_map(name, &[]);
        map.labels_mut().insert("seen".to_owned(), "yes".to_owned());
        maps.create(&PostParams::default(), &map).await?;
    }
    let events = kube::runtime::watcher(maps.clone(), config.labels("seen=yes"));
    pin_mut!(events);
    let mut first = BTreeSet::new();
    loop {
        match next(&mut events).await? {
            Event::Init => {}
            Event::InitApply(map) => {
                ensure!(
                    first.insert(map.name_any()),
                    "`{}` came twice",
                    map.name_any()
                );
            }
            Event::InitDone => break,
            other => bail!("before the list was done: {other:?}"),
        }
    }
    ensure!(
        first.iter().map(String::as_str).eq(["a", "b", "c"]),
        "{first:?}"
    );

    let labelled =
        |value: &str| Patch::Merge(json!({ "metadata": { "labels": { "seen": value } } }));
    let parameters = PatchParams::default();
    maps.create(&PostParams::default(), &config_map("unseen", &[]))
        .await?;
    maps.patch("unseen", &parameters, &labelled("yes")).await?;
    expect(&mut events, "apply unseen").await?;
    maps.patch(
        "a",
        &parameters,
        &Patch::Merge(json!({ "data": { "k": "v" } })),
    )
    .await?;
    expect(&mut events, "apply a").await?;
    // An object that no longer fits the selector is gone for this watch.
    maps.patch("b", &parameters, &labelled("no")).await?;
    expect(&mut events, "delete b").await?;
    maps.delete("c", &DeleteParams::default()).await?;
    expect(&mut events, "delete c").await?;
    room::leave(&client, &room).await
}

/// A watch of metadata alone carries no secrets.
pub async fn metadata(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let secrets: Api<Secret> = Api::namespaced(client.clone(), &room);
    let secret: Secret = serde_json::from_value(json!({
        "metadata": { "name": "hidden" },
        "stringData": { "password": "correct horse" },
    }))?;
    let made = secrets.create(&PostParams::default(), &secret).await?;
    ensure!(
        made.data.unwrap_or_default().contains_key("password"),
        "stringData became no data"
    );
    let listed = secrets.list_metadata(&Default::default()).await?;
    ensure!(listed.items.iter().any(|one| one.name_any() == "hidden"));
    let partial: Api<PartialObjectMeta<Secret>> = Api::namespaced(client.clone(), &room);
    let events = kube::runtime::watcher(partial, watcher::Config::default());
    pin_mut!(events);
    loop {
        match next(&mut events).await? {
            Event::InitApply(found) if found.name_any() == "hidden" => break,
            Event::Init | Event::InitApply(_) => {}
            other => bail!("before the secret: {other:?}"),
        }
    }
    room::leave(&client, &room).await
}

/// A store that a watch fills.
pub async fn reflector(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    let (reader, writer) = kube::runtime::reflector::store();
    let stream = kube::runtime::watcher(maps.clone(), watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .applied_objects();
    let filling = tokio::spawn(stream.try_for_each(|_| async { Ok(()) }));
    tokio::time::timeout(WAIT, reader.wait_until_ready()).await??;
    for number in 0..50 {
        maps.create(
            &PostParams::default(),
            &config_map(&format!("map-{number}"), &[]),
        )
        .await?;
    }
    for number in 0..25 {
        maps.delete(&format!("map-{number}"), &DeleteParams::default())
            .await?;
    }
    let ours = || {
        let state = reader.state();
        state
            .iter()
            .filter(|map| map.name_any().starts_with("map-"))
            .count()
    };
    for _ in 0..200 {
        if ours() == 25 {
            filling.abort();
            return room::leave(&client, &room).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the store holds {} config maps, not 25", ours())
}

async fn next<K>(
    events: &mut (impl Stream<Item = watcher::Result<Event<K>>> + Unpin),
) -> Result<Event<K>> {
    match tokio::time::timeout(WAIT, events.next()).await? {
        Some(event) => Ok(event?),
        None => bail!("the watch ended"),
    }
}

async fn expect(
    events: &mut (impl Stream<Item = watcher::Result<Event<ConfigMap>>> + Unpin),
    wanted: &str,
) -> Result<()> {
    let found = match next(events).await? {
        Event::Apply(map) => format!("apply {}", map.name_any()),
        Event::Delete(map) => format!("delete {}", map.name_any()),
        other => bail!("wanted `{wanted}`, found {other:?}"),
    };
    ensure!(found == wanted, "wanted `{wanted}`, found `{found}`");
    Ok(())
}

const WAIT: Duration = Duration::from_secs(20);
