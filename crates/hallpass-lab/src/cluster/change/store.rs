//! Objects in and out of the store: each write takes a version, and is told to the history.

use std::collections::VecDeque;
use std::sync::Arc;

use hallpass_types::{Chance, Timestamp};
use serde_json::{Map, Value, json};

use super::super::history::Happening;
use super::super::objects::{self, text};
use super::Touched;
use super::tasks::Task;
use crate::cluster::ClusterMemory;
use crate::identity::LabIdentity;
use crate::store::records::{KubernetesObject, Setting};
use crate::store::{State, Transaction};
use crate::world::World;

/// When and where a change happens.
#[derive(Clone, Copy)]
pub(in super::super) struct Scene<'a> {
    pub(in super::super) now: Timestamp,
    pub(in super::super) chance: &'a dyn Chance,
    pub(in super::super) identity: &'a LabIdentity,
    pub(in super::super) cluster: &'a ClusterMemory,
}

impl<'a> Scene<'a> {
    pub(in super::super) fn of(world: &'a World) -> Self {
        Self {
            now: world.now(),
            chance: &*world.chance,
            identity: &world.identity,
            cluster: &world.cluster,
        }
    }
}

/// Where an object is stored.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Place<'a> {
    pub(in super::super) group: &'a str,
    pub(in super::super) resource: &'a str,
    pub(in super::super) namespace: &'a str,
    pub(in super::super) name: &'a str,
}

/// A change in the making.
pub(in super::super) struct Change<'a, 'tx> {
    tx: &'a mut Transaction<'tx>,
    pub(in super::super) scene: Scene<'a>,
    version: u64,
    happenings: Vec<Happening>,
    pub(super) touched: Touched,
    /// What is still to follow from what has been done.
    pub(super) tasks: VecDeque<Task>,
}

impl<'a, 'tx> Change<'a, 'tx> {
    pub(in super::super) fn new(tx: &'a mut Transaction<'tx>, scene: Scene<'a>) -> Self {
        let version = latest_version(tx.state());
        Self {
            tx,
            scene,
            version,
            happenings: Vec::new(),
            touched: Touched::default(),
            tasks: VecDeque::new(),
        }
    }

    /// The state as the change has left it so far.
    pub(in super::super) fn state(&self) -> &State {
        self.tx.state()
    }

    /// The object that is stored there.
    pub(in super::super) fn find(&self, place: Place<'_>) -> Option<Arc<KubernetesObject>> {
        place.in_state(self.state())
    }

    /// Stores an object in the place of `before`, or as another one.
    pub(super) fn put(
        &mut self,
        place: Place<'_>,
        before: Option<&Arc<KubernetesObject>>,
        mut body: Value,
    ) -> Value {
        self.version = self.version.saturating_add(1);
        set(
            &mut body,
            "resourceVersion",
            json!(self.version.to_string()),
        );
        let body = ordered(body);
        let Place {
            group,
            resource,
            namespace,
            name,
        } = place;
        let object = KubernetesObject::new(group, resource, namespace, name, &body);
        let object = Arc::new(object);
        self.touched.note(&object, &body);
        self.tx.put_shared(&object);
        self.happenings.push(Happening {
            version: self.version,
            before: before.cloned(),
            after: Some(object),
        });
        body
    }

    /// Stores an object that is not there yet.
    pub(in super::super) fn insert(&mut self, place: Place<'_>, body: Value) -> Value {
        let made = self.put(place, None, body);
        if (place.group, place.resource) == ("", "namespaces") {
            self.furnish(place.name);
        }
        self.check_owners(place, &made);
        made
    }

    /// Stores an object in the place of another; one that nothing holds any more goes.
    pub(in super::super) fn exchange(&mut self, old: &Arc<KubernetesObject>, body: Value) -> Value {
        let place = Place::of(old);
        let made = self.put(place, Some(old), body);
        if old.head.is_terminating {
            let task = if (place.group, place.resource) == ("", "namespaces") {
                Task::FinishNamespace(place.name.to_owned())
            } else {
                Task::Proceed(old.record_key())
            };
            self.tasks.push_back(task);
        } else {
            self.check_owners(place, &made);
        }
        made
    }

    fn check_owners(&mut self, place: Place<'_>, body: &Value) {
        if objects::elements(body, "/metadata/ownerReferences")
            .next()
            .is_some()
        {
            let key =
                KubernetesObject::key_of(place.group, place.resource, place.namespace, place.name);
            self.tasks.push_back(Task::CheckOwners(key));
        }
    }

    /// Takes an object out; whether it was there.
    pub(super) fn take(&mut self, object: &KubernetesObject, body: &Value) -> bool {
        let Some(before) = self.tx.delete::<KubernetesObject>(&object.record_key()) else {
            return false;
        };
        self.version = self.version.saturating_add(1);
        self.touched.note(object, body);
        self.happenings.push(Happening {
            version: self.version,
            before: Some(before),
            after: None,
        });
        true
    }

    /// Lets all follow that must, and makes the change known; the last that is done in its
    /// transaction.
    pub(in super::super) fn publish(mut self) -> Touched {
        self.run();
        let history = &self.scene.cluster.history;
        if self.happenings.is_empty() {
            return self.touched;
        }
        let version = self.version;
        self.tx.put(Setting {
            name: VERSION.to_owned(),
            value: version.to_string(),
        });
        history.add(self.happenings);
        let history = Arc::clone(history);
        self.tx.when_written(move |is_written| {
            if is_written {
                history.reach(version);
            } else {
                history.end();
            }
        });
        self.touched
    }
}

/// The resource version of the whole collection of objects.
pub(in super::super) fn latest_version(state: &State) -> u64 {
    state
        .settings
        .get(VERSION)
        .and_then(|setting| setting.value.parse().ok())
        .unwrap_or_default()
}

/// Sets a field of the metadata.
pub(in super::super) fn set(object: &mut Value, field: &str, value: Value) {
    if let Some(metadata) = object
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
    {
        metadata.insert(field.to_owned(), value);
    }
}

/// The object with its type first, as the API server writes it; `View` reads the version there.
fn ordered(body: Value) -> Value {
    let Value::Object(mut fields) = body else {
        return body;
    };
    let mut ordered = Map::new();
    for name in ["apiVersion", "kind", "metadata"] {
        if let Some(value) = fields.shift_remove(name) {
            ordered.insert(name.to_owned(), value);
        }
    }
    ordered.extend(fields);
    Value::Object(ordered)
}

/// The finalizers of an object.
pub(super) fn finalizers(body: &Value) -> Vec<&str> {
    objects::elements(body, "/metadata/finalizers")
        .filter_map(Value::as_str)
        .collect()
}

/// Whether it is being deleted.
pub(super) fn is_terminating(body: &Value) -> bool {
    !text(body, "/metadata/deletionTimestamp").is_empty()
}

const VERSION: &str = "cluster-resource-version";
