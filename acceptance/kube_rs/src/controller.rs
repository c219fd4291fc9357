//! A controller over a custom resource, with a status, an owned object and a finalizer.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::Action;
use kube::runtime::finalizer::{Event, finalizer as with_finalizer};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::{Controller, watcher};
use kube::{Api, Client, CustomResource, CustomResourceExt, Resource, ResourceExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::room::{self, code};

/// What a lantern is asked to be.
#[derive(Clone, Debug, CustomResource, Deserialize, Serialize, JsonSchema)]
#[kube(
    group = "kube-rs.test",
    version = "v1",
    kind = "Lantern",
    namespaced,
    status = "LanternStatus"
)]
#[kube(
    shortname = "ltn",
    printcolumn = r#"{"name":"Lit","type":"boolean","jsonPath":".status.lit"}"#
)]
pub struct LanternSpec {
    /// How bright.
    #[schemars(range(min = 0, max = 100))]
    lumens: i32,
}

/// What a lantern is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct LanternStatus {
    lit: bool,
}

/// Reconciles until the status and the owned object are there.
pub async fn controller(client: Client) -> Result<()> {
    define(&client).await?;
    let room = room::enter(&client).await?;
    let lanterns: Api<Lantern> = Api::namespaced(client.clone(), &room);
    let running = tokio::spawn(
        Controller::new(lanterns.clone(), watcher::Config::default())
            .owns(
                Api::<ConfigMap>::namespaced(client.clone(), &room),
                watcher::Config::default(),
            )
            .run(
                light,
                |_, _, _| Action::requeue(Duration::from_millis(200)),
                Arc::new(client.clone()),
            )
            .for_each(|_| async {}),
    );
    let dark = lanterns
        .create(
            &PostParams::default(),
            &Lantern::new("dark", LanternSpec { lumens: 101 }),
        )
        .await;
    ensure!(dark.as_ref().err().and_then(code) == Some(422), "{dark:?}");
    lanterns
        .create(
            &PostParams::default(),
            &Lantern::new("hall", LanternSpec { lumens: 40 }),
        )
        .await?;
    let lit = |found: Option<&Lantern>| {
        found.is_some_and(|one| one.status.as_ref().is_some_and(|status| status.lit))
    };
    tokio::time::timeout(WAIT, await_condition(lanterns.clone(), "hall", lit)).await??;
    let found = lanterns.get("hall").await?;
    ensure!(
        found.metadata.generation == Some(1),
        "a status is no new generation"
    );

    // The owned object comes back when somebody takes it, and goes with its owner.
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &room);
    let first = maps.get("hall").await?.uid();
    maps.delete("hall", &DeleteParams::default()).await?;
    let back = |found: Option<&ConfigMap>| found.is_some_and(|one| one.uid() != first);
    tokio::time::timeout(WAIT, await_condition(maps.clone(), "hall", back)).await??;
    lanterns.delete("hall", &DeleteParams::default()).await?;
    let gone = |found: Option<&ConfigMap>| found.is_none();
    tokio::time::timeout(WAIT, await_condition(maps, "hall", gone)).await??;
    running.abort();
    room::leave(&client, &room).await
}

async fn light(lantern: Arc<Lantern>, client: Arc<Client>) -> Result<Action, kube::Error> {
    let room = lantern.namespace().unwrap_or_default();
    let parameters = PatchParams::apply("lamplighter").force();
    if lantern.metadata.deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    let maps: Api<ConfigMap> = Api::namespaced((*client).clone(), &room);
    let owned = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": lantern.name_any(), "ownerReferences": [lantern.controller_owner_ref(&())] },
        "data": { "lumens": lantern.spec.lumens.to_string() },
    });
    maps.patch(&lantern.name_any(), &parameters, &Patch::Apply(owned))
        .await?;
    let lanterns: Api<Lantern> = Api::namespaced((*client).clone(), &room);
    let status =
        json!({ "apiVersion": "kube-rs.test/v1", "kind": "Lantern", "status": { "lit": true } });
    lanterns
        .patch_status(&lantern.name_any(), &parameters, &Patch::Apply(status))
        .await?;
    Ok(Action::await_change())
}

/// A finalizer holds the object until its work is done.
pub async fn finalizer(client: Client) -> Result<()> {
    define(&client).await?;
    let room = room::enter(&client).await?;
    let lanterns: Api<Lantern> = Api::namespaced(client.clone(), &room);
    lanterns
        .create(
            &PostParams::default(),
            &Lantern::new("held", LanternSpec { lumens: 1 }),
        )
        .await?;
    let step = |expected: &'static str| {
        let lanterns = lanterns.clone();
        async move {
            let found = Arc::new(lanterns.get("held").await?);
            with_finalizer(&lanterns, "kube-rs.test/held", found, |event| async move {
                let seen = match event {
                    Event::Apply(_) => "apply",
                    Event::Cleanup(_) => "cleanup",
                };
                if seen == expected {
                    Ok(Action::await_change())
                } else {
                    Err(std::fmt::Error)
                }
            })
            .await
            .map_err(|error| anyhow::anyhow!("{expected}: {error:?}"))
        }
    };
    step("apply").await?;
    step("apply").await?;
    let deleting = lanterns.delete("held", &DeleteParams::default()).await?;
    ensure!(
        deleting
            .left()
            .is_some_and(|one| one.metadata.deletion_timestamp.is_some())
    );
    if lanterns.get_opt("held").await?.is_none() {
        bail!("the finalizer did not hold the object");
    }
    step("cleanup").await?;
    ensure!(
        lanterns.get_opt("held").await?.is_none(),
        "the object outlived its last finalizer"
    );
    room::leave(&client, &room).await
}

async fn define(client: &Client) -> Result<()> {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    let parameters = PatchParams::apply("kube-rs").force();
    let name = Lantern::crd_name();
    definitions
        .patch(name, &parameters, &Patch::Apply(Lantern::crd()))
        .await?;
    let established = await_condition(definitions, name, conditions::is_crd_established());
    tokio::time::timeout(WAIT, established).await??;
    Ok(())
}

const WAIT: Duration = Duration::from_secs(20);
