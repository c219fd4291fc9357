//! Carrying out a request about objects.

use std::sync::Arc;

use serde_json::Value;

use super::access::Caller;
use super::answer::Answer;
use super::change::Touched;
use super::follow;
use super::notes::Notes;
use super::options::Options;
use super::request::{Target, Verb};
use super::status::Status;
use super::token_request;
use super::write::Written;
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

/// What comes of a request on its way.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) is_dry_run: bool,
    pub(super) notes: Notes,
    pub(super) touched: Touched,
}

impl Operation {
    /// Carries it out; what is told beside the answer goes into `notes`.
    ///
    /// A write goes on when the client has gone: what follows from it must not be left undone.
    pub(super) async fn carry_out(
        self,
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
        match self.verb {
            Verb::Get | Verb::List | Verb::Watch => self.look(world).await,
            Verb::Create | Verb::Delete | Verb::DeleteCollection | Verb::Patch | Verb::Update => {
                let world = Arc::clone(world);
                let work = tokio::spawn(async move {
                    let mut course = Course::new(false);
                    let outcome = self.write(&world, &mut course).await;
                    follow::follow(&world, &mut course).await;
                    (outcome, course.notes)
                });
                let (outcome, own) = work.await.map_err(|error| Status::internal(&error))?;
                notes.decisions.extend(own.decisions);
                notes.warnings.extend(own.warnings);
                outcome
            }
        }
    }

    /// What the cluster's own controllers ask for.
    pub(super) fn own(verb: Verb, target: Target, payload: Payload) -> Self {
        Self {
            verb,
            target,
            options: Options {
                agent: "kube-controller-manager".to_owned(),
                ..Options::default()
            },
            payload,
            caller: Caller::controller(),
        }
    }

    async fn look(&self, world: &Arc<World>) -> Result<Answer, Status> {
        match (&self.target.subresource, self.verb) {
            (None, Verb::List) => self.list(world).await.map(Answer::Listed),
            (None, Verb::Watch) => {
                let watcher = self.watch(world).await?;
                Ok(Answer::Watching(Box::new(watcher)))
            }
            (None, _) => self.get(world).await.map(Answer::Found),
            (Some(part), Verb::Get) if part == "status" && self.target.has_status() => {
                self.get(world).await.map(Answer::Found)
            }
            (Some(part), Verb::Get) if part == "scale" && self.has_part("scale") => {
                self.scale(world)
            }
            (Some(_), _) => Err(Status::method_not_allowed()),
        }
    }

    async fn write(&self, world: &Arc<World>, course: &mut Course) -> Result<Answer, Status> {
        course.is_dry_run = self.is_dry_run()?;
        let part = self.target.subresource.as_deref();
        let known = self.target.known()?;
        match part {
            None => {}
            Some("token") if self.target.qualified() == "serviceaccounts" => {
                return self.token(world);
            }
            Some("scale") if self.has_part("scale") => return self.rescale(world, course).await,
            Some("status") if known.subresource("status").is_some() => {}
            Some("finalize") if self.verb == Verb::Update && !known.is_custom() => {}
            Some(_) => return Err(Status::no_such_path()),
        }
        let written = match (part, self.verb) {
            (None, Verb::Create) => Written::Made(self.create(world, course).await?),
            (None, Verb::Delete) => return self.delete(world, course).await,
            (None, Verb::DeleteCollection) => return self.delete_collection(world, course).await,
            (_, Verb::Patch) => self.patch(world, course).await?,
            (_, Verb::Update) => self.update(world, course).await?,
            _ => return Err(Status::method_not_allowed()),
        };
        Ok(match written {
            Written::Changed(object) => Answer::Found(object),
            Written::Made(object) => Answer::Created(object),
        })
    }

    fn has_part(&self, name: &str) -> bool {
        let known = self.target.known();
        known.is_ok_and(|known| known.subresource(name).is_some())
    }

    fn token(&self, world: &World) -> Result<Answer, Status> {
        if self.verb != Verb::Create {
            return Err(Status::method_not_allowed());
        }
        token_request::create(world, &self.target, &self.object()?).map(Answer::Created)
    }

    /// The object that came with the request.
    pub(super) fn object(&self) -> Result<Value, Status> {
        match &self.payload {
            Payload::Object(object) | Payload::Patch(_, object) => Ok(object.clone()),
            Payload::Nothing => Err(Status::bad_request("the request has no body")),
        }
    }
}

impl Course {
    pub(super) fn new(is_dry_run: bool) -> Self {
        Self {
            is_dry_run,
            notes: Notes::default(),
            touched: Touched::default(),
        }
    }

    /// Takes up what came of a part.
    pub(super) fn add(&mut self, part: Self) {
        self.notes.decisions.extend(part.notes.decisions);
        self.notes.warnings.extend(part.notes.warnings);
        self.touched.add(part.touched);
    }
}
