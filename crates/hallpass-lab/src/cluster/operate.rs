//! Carrying out a request about objects.

use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::access::Caller;
use super::answer::Answer;
use super::change::{Change, DeleteOptions, Scene, latest_version};
use super::content::unreadable;
use super::notes::Notes;
use super::objects::{self, text};
use super::options::Options;
use super::request::{Target, Verb};
use super::selector::Selector;
use super::status::Status;
use super::token_request;
use super::volumes;
use crate::store::StoreFailed;
use crate::world::World;

/// A request about objects, from a caller who may.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    pub(super) target: Target,
    pub(super) options: Options,
    pub(super) payload: Payload,
    pub(super) caller: Caller,
}

/// What a request brings with it, decoded.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Nothing,
    /// An object, or the options of a deletion.
    Object(Value),
    /// A patch, and how it is meant.
    Patch(PatchKind, Value),
}

/// How a patch is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatchKind {
    /// What a field manager wants: server-side apply.
    Apply,
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// A merge patch that knows lists by their keys.
    Strategic,
}

impl Operation {
    /// Carries it out; what admission decided on the way goes into `notes`.
    pub(super) async fn carry_out(
        &self,
        world: &Arc<World>,
        notes: &mut Notes,
    ) -> Result<Answer, Status> {
        let target = &self.target;
        let is_namespaced = target.known()?.is_namespaced;
        let is_listed = matches!(self.verb, Verb::List | Verb::Watch);
        // Over all namespaces there is nothing but to list.
        if is_namespaced && target.namespace.is_empty() && !is_listed {
            return Err(Status::method_not_allowed());
        }
        if target.subresource.is_some() {
            return self.subresource(world);
        }
        match self.verb {
            Verb::Create => {
                let body = self.object()?;
                let made = self.change(world, notes, |change| change.create(target, body));
                made.await.map(Answer::Created)
            }
            Verb::Delete => {
                let options = self.delete_options()?;
                let deleted = self.change(world, notes, |change| change.delete(target, &options));
                deleted
                    .await
                    .map(|old| Answer::Found(deletion(target, old)))
            }
            Verb::DeleteCollection => self.delete_collection(world, notes).await,
            Verb::Get => self.get(world),
            Verb::List => self.list(world),
            Verb::Patch => {
                let patch = self.object()?;
                let changed = self.change(world, notes, |change| change.merge(target, &patch));
                changed.await.map(Answer::Found)
            }
            Verb::Update => {
                let body = self.object()?;
                let changed = self.change(world, notes, |change| change.update(target, body));
                changed.await.map(Answer::Found)
            }
            Verb::Watch => Err(Status::method_not_allowed()),
        }
    }

    fn subresource(&self, world: &World) -> Result<Answer, Status> {
        let target = &self.target;
        let subresource = target.subresource.as_deref().unwrap_or_default();
        if (target.qualified().as_str(), subresource) != ("serviceaccounts", "token") {
            return Err(Status::no_such_path());
        }
        match self.verb {
            Verb::Create => {
                token_request::create(world, target, &self.object()?).map(Answer::Created)
            }
            Verb::Delete
            | Verb::DeleteCollection
            | Verb::Get
            | Verb::List
            | Verb::Patch
            | Verb::Update
            | Verb::Watch => Err(Status::method_not_allowed()),
        }
    }

    fn get(&self, world: &World) -> Result<Answer, Status> {
        let Target {
            group,
            resource,
            namespace,
            ..
        } = &self.target;
        let name = self.target.name();
        world
            .store
            .read(|state| objects::get(state, group, resource, namespace, name).cloned())
            .map(|object| Answer::Found(self.versioned(&object.body())))
            .ok_or_else(|| Status::not_found(&self.target.qualified(), name))
    }

    fn list(&self, world: &World) -> Result<Answer, Status> {
        let Options {
            label_selector,
            field_selector,
            ..
        } = &self.options;
        let selector = Selector::parse(label_selector, field_selector)?;
        let Target {
            group,
            resource,
            namespace,
            ..
        } = &self.target;
        let (version, found) = world.store.read(|state| {
            let found: Vec<_> = objects::list(state, group, resource, namespace)
                .filter(|object| selector.takes(&object.body()))
                .cloned()
                .collect();
            (latest_version(state), found)
        });
        let items: Vec<_> = found
            .iter()
            .map(|object| self.versioned(&object.body()))
            .collect();
        Ok(Answer::Found(self.listed(version, items)))
    }

    /// A `List` of this resource's kind.
    fn listed(&self, version: u64, items: Vec<Value>) -> Value {
        let known = self.target.known();
        let kind = known.map_or("List", |known| known.list_kind.as_str());
        let mut list = json!({
            "kind": kind,
            "apiVersion": self.target.api_version(),
            "metadata": { "resourceVersion": version.to_string() },
        });
        if let Some(fields) = list.as_object_mut() {
            fields.insert("items".to_owned(), Value::Array(items));
        }
        list
    }

    async fn delete_collection(
        &self,
        world: &Arc<World>,
        notes: &mut Notes,
    ) -> Result<Answer, Status> {
        let target = &self.target;
        // The API offers it within one namespace only.
        if target.namespace.is_empty() {
            return Err(Status::method_not_allowed());
        }
        let Options {
            label_selector,
            field_selector,
            ..
        } = &self.options;
        let selector = Selector::parse(label_selector, field_selector)?;
        let options = self.delete_options()?;
        let deleted = self.change(world, notes, |change| {
            let Target {
                group,
                resource,
                namespace,
                ..
            } = target;
            let names: Vec<_> = objects::list(change.state(), group, resource, namespace)
                .filter(|object| selector.takes(&object.body()))
                .map(|object| object.name.clone())
                .collect();
            let mut items = Vec::new();
            for name in names {
                let one = Target {
                    name: Some(name),
                    ..target.clone()
                };
                // An earlier one may have been its owner.
                match change.delete(&one, &options) {
                    Ok(item) => items.push(item),
                    Err(status) if status.code == 404 => {}
                    Err(status) => return Err(status),
                }
            }
            Ok(self.listed(latest_version(change.state()), items))
        });
        deleted.await.map(Answer::Found)
    }

    /// Makes a change, lets the cluster settle, and lets the tokens on disk follow.
    async fn change(
        &self,
        world: &Arc<World>,
        notes: &mut Notes,
        work: impl FnOnce(&mut Change<'_, '_>) -> Result<Value, Status>,
    ) -> Result<Value, Status> {
        let is_dry = self.is_dry_run()?;
        let outcome = world
            .store
            .write(|tx| {
                let mut change = Change::new(tx, Scene::of(world));
                let value = work(&mut change)?;
                if is_dry {
                    return Err(Unchanged::DryRun(value));
                }
                let target = &self.target;
                let namespace = if target.qualified() == "namespaces" {
                    text(&value, "/metadata/name")
                } else {
                    &target.namespace
                };
                change.settle(namespace);
                Ok((value, change.notes, change.touches_tokens))
            })
            .await;
        match outcome {
            Ok((value, decided, touches_tokens)) => {
                notes.decisions.extend(decided);
                if touches_tokens {
                    volumes::refresh(world).await;
                }
                Ok(value)
            }
            Err(Unchanged::DryRun(value)) => Ok(value),
            Err(Unchanged::Refused(status)) => Err(status),
        }
    }

    fn is_dry_run(&self) -> Result<bool, Status> {
        let in_body = match self.verb {
            Verb::Delete | Verb::DeleteCollection => self.delete_options()?.dry_run,
            Verb::Create | Verb::Get | Verb::List | Verb::Patch | Verb::Update | Verb::Watch => {
                Vec::new()
            }
        };
        let all: Vec<_> = self.options.dry_run.iter().chain(&in_body).collect();
        if let Some(other) = all.iter().find(|word| ***word != "All") {
            return Err(Status::bad_request(format!(
                "Unsupported value: \"{other}\": supported values: \"All\""
            )));
        }
        Ok(!all.is_empty())
    }

    fn delete_options(&self) -> Result<DeleteOptions, Status> {
        let Payload::Object(options) = &self.payload else {
            return Ok(DeleteOptions::default());
        };
        DeleteOptions::deserialize(options).map_err(|error| unreadable(&error))
    }

    fn object(&self) -> Result<Value, Status> {
        match &self.payload {
            Payload::Object(object) | Payload::Patch(_, object) => Ok(object.clone()),
            Payload::Nothing => Err(Status::bad_request("the request has no body")),
        }
    }

    /// The object in the version that was asked for.
    fn versioned(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(fields) = object.as_object_mut() {
            fields.insert("apiVersion".to_owned(), json!(self.target.api_version()));
        }
        object
    }
}

/// A change that did not happen.
enum Unchanged {
    DryRun(Value),
    Refused(Status),
}

impl From<Status> for Unchanged {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl From<StoreFailed> for Unchanged {
    fn from(failed: StoreFailed) -> Self {
        Self::Refused(failed.into())
    }
}

/// The object itself for the kinds whose deletion may take time, else a `Status` of success.
fn deletion(target: &Target, mut old: Value) -> Value {
    match target.qualified().as_str() {
        "namespaces" => {
            if let Some(phase) = old.pointer_mut("/status/phase") {
                *phase = json!("Terminating");
            }
            old
        }
        "pods" | "serviceaccounts" => old,
        _ => json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {
                "name": target.name(),
                "group": target.group,
                "kind": target.resource,
                "uid": text(&old, "/metadata/uid"),
            },
        }),
    }
}
