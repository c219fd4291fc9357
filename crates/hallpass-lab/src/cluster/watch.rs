//! Watches: changes of objects as they happen.
//!
//! A watcher keeps no queue of its own: it reads on in the cluster's history from where it stands. One
//! that falls so far behind that the history no longer has its place is told so, and ends.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (efficient detection of changes, watch
//! bookmarks, streaming lists, "410 Gone" responses).

mod event;
mod watcher;

pub(super) use event::EventKind;
pub(super) use watcher::Watcher;
