//! A cluster under test: a lab's, with a namespace `actions`.

use std::sync::Arc;

use futures_util::FutureExt as _;
use hallpass_types::{SystemClock, Timestamp};
use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::answer::Answer;
use super::super::notes::Notes;
use super::super::objects;
use super::super::operate::{Operation, PatchKind, Payload};
use super::super::options::Options;
use super::super::request::{Target, Verb};
use super::super::status::Status;
use super::super::watch::{EventKind, Watcher};
use crate::chance::SystemChance;
use crate::config::Config;
use crate::lab::Lab;
use crate::world::World;

pub(super) struct Cluster {
    lab: Lab,
    _folder: tempfile::TempDir,
}

/// What a watch has told.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    pub(super) kind: EventKind,
    pub(super) object: Value,
}

impl Cluster {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path().join("lab"));
        let lab = Lab::start(&config, Arc::new(SystemClock), Arc::new(SystemChance));
        let cluster = Self {
            lab: lab.await.unwrap(),
            _folder: folder,
        };
        let namespace = json!({ "metadata": { "name": "actions" } });
        cluster
            .create("/api/v1/namespaces", namespace)
            .await
            .unwrap();
        cluster
    }

    pub(super) fn world(&self) -> &Arc<World> {
        self.lab.world()
    }

    pub(super) async fn ask(
        &self,
        verb: Verb,
        path: &str,
        payload: Payload,
    ) -> Result<Answer, Status> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let world = self.world();
        let registry = world.store.read(|state| world.cluster.registry(state));
        let operation = Operation {
            verb,
            target: Target::parse(path).unwrap().resolve(&registry),
            options: Options::parse(query),
            payload,
            caller: Caller::administrator(),
        };
        operation.carry_out(world, &mut Notes::default()).await
    }

    async fn value(&self, verb: Verb, path: &str, payload: Payload) -> Result<Value, Status> {
        let answer = self.ask(verb, path, payload).await?;
        Ok(match answer {
            Answer::Created(value) | Answer::Found(value) => value,
            Answer::Listed(listing) => listing.to_json(),
            other => panic!("{other:?}"),
        })
    }

    pub(super) async fn create(&self, path: &str, body: Value) -> Result<Value, Status> {
        self.value(Verb::Create, path, Payload::Object(body)).await
    }

    pub(super) async fn update(&self, path: &str, body: Value) -> Result<Value, Status> {
        self.value(Verb::Update, path, Payload::Object(body)).await
    }

    pub(super) async fn merge(&self, path: &str, changes: Value) -> Result<Value, Status> {
        let payload = Payload::Patch(PatchKind::Merge, changes);
        self.value(Verb::Patch, path, payload).await
    }

    pub(super) async fn delete(&self, path: &str, options: Value) -> Result<Value, Status> {
        self.value(Verb::Delete, path, Payload::Object(options))
            .await
    }

    pub(super) async fn delete_all(&self, path: &str) -> Result<Value, Status> {
        let nothing = Payload::Nothing;
        self.value(Verb::DeleteCollection, path, nothing).await
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Status> {
        self.value(Verb::Get, path, Payload::Nothing).await
    }

    pub(super) async fn list(&self, path: &str) -> Result<Value, Status> {
        self.value(Verb::List, path, Payload::Nothing).await
    }

    pub(super) async fn watch(&self, path: &str) -> Result<Box<Watcher>, Status> {
        match self.ask(Verb::Watch, path, Payload::Nothing).await? {
            Answer::Watching(watcher) => Ok(watcher),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn names(&self, group: &str, resource: &str, namespace: &str) -> Vec<String> {
        self.world().store.read(|state| {
            objects::list(state, group, resource, namespace)
                .map(|object| object.name.clone())
                .collect()
        })
    }

    pub(super) fn pods(&self) -> Vec<Value> {
        self.world().store.read(|state| {
            objects::list(state, "", "pods", "actions")
                .map(|object| object.body())
                .collect()
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world().now()
    }
}

/// What the watch can tell without waiting.
pub(super) fn told(watcher: &mut Watcher) -> Vec<Told> {
    let mut all = Vec::new();
    while let Some(Some(event)) = tokio::task::unconstrained(watcher.next()).now_or_never() {
        all.push(Told {
            kind: event.kind,
            object: event.value(&watcher.view),
        });
    }
    all
}

/// Kinds and names of events.
pub(super) fn brief(told: &[Told]) -> Vec<(EventKind, &str)> {
    told.iter()
        .map(|one| (one.kind, objects::text(&one.object, "/metadata/name")))
        .collect()
}

pub(super) fn version(object: &Value) -> u64 {
    let version = objects::text(object, "/metadata/resourceVersion");
    version.parse().unwrap()
}

pub(super) fn account(name: &str, annotations: &Value) -> Value {
    json!({ "metadata": { "name": name, "annotations": annotations } })
}

pub(super) fn config_map(name: &str) -> Value {
    json!({ "metadata": { "name": name } })
}

pub(super) fn runners(name: &str, replicas: Option<u64>, template: &Value) -> Value {
    json!({
        "apiVersion": "actions.summerwind.dev/v1alpha1",
        "kind": "RunnerDeployment",
        "metadata": { "name": name },
        "spec": { "replicas": replicas, "template": { "spec": template } },
    })
}

pub(super) fn pod(name: &str) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": { "containers": [{ "name": "main", "image": "example.com/a:1" }] },
    })
}

pub(super) fn refused<T: std::fmt::Debug>(
    outcome: Result<T, Status>,
) -> (u16, &'static str, String) {
    let status = outcome.unwrap_err();
    (status.code, status.reason, status.message)
}

pub(super) const ACCOUNTS: &str = "/api/v1/namespaces/actions/serviceaccounts";
pub(super) const MAPS: &str = "/api/v1/namespaces/actions/configmaps";
pub(super) const PODS: &str = "/api/v1/namespaces/actions/pods";
pub(super) const RUNNERS: &str =
    "/apis/actions.summerwind.dev/v1alpha1/namespaces/actions/runnerdeployments";
