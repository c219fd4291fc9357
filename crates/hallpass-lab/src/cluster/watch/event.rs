//! What a watch tells.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::status::Status;
use super::super::view::View;
use crate::store::records::KubernetesObject;

/// One event.
#[derive(Clone, Debug)]
pub(in super::super) struct WatchEvent {
    pub(in super::super) kind: EventKind,
    object: Shown,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum EventKind {
    Added,
    Bookmark,
    Deleted,
    Error,
    Modified,
}

#[derive(Clone, Debug)]
enum Shown {
    Made(Value),
    Stored(Arc<KubernetesObject>),
}

impl EventKind {
    /// The word on the wire.
    pub(in super::super) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Bookmark => "BOOKMARK",
            Self::Deleted => "DELETED",
            Self::Error => "ERROR",
            Self::Modified => "MODIFIED",
        }
    }
}

impl WatchEvent {
    /// An object as it is stored.
    pub(super) const fn stored(kind: EventKind, object: Arc<KubernetesObject>) -> Self {
        Self {
            kind,
            object: Shown::Stored(object),
        }
    }

    /// An object as it was last, with the version of its deletion.
    pub(super) fn deleted(object: &KubernetesObject, version: u64, view: &View) -> Self {
        let mut last = view.value(object);
        if let Some(field) = last.pointer_mut("/metadata/resourceVersion") {
            *field = json!(version.to_string());
        }
        Self {
            kind: EventKind::Deleted,
            object: Shown::Made(last),
        }
    }

    /// How far the watch has come.
    pub(super) const fn bookmark(object: Value) -> Self {
        Self {
            kind: EventKind::Bookmark,
            object: Shown::Made(object),
        }
    }

    /// Why the watch ends.
    pub(super) fn error(status: &Status) -> Self {
        Self {
            kind: EventKind::Error,
            object: Shown::Made(status.to_json()),
        }
    }

    /// The object, in the version that `view` shows.
    pub(in super::super) fn value(&self, view: &View) -> Value {
        match &self.object {
            Shown::Made(value) => value.clone(),
            Shown::Stored(object) => view.value(object),
        }
    }

    /// The event, appended as a line of JSON.
    pub(in super::super) fn write(&self, view: &View, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(self.kind.as_str().as_bytes());
        out.extend_from_slice(b"\",\"object\":");
        match &self.object {
            Shown::Made(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Shown::Stored(object) => view.write(object, out),
        }
        out.extend_from_slice(b"}\n");
    }
}
