//! One client's watch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::super::history::{Happening, TooOld};
use super::super::list::parse_version;
use super::super::operate::Operation;
use super::super::selector::Selector;
use super::super::status::{Cause, Status};
use super::super::view::View;
use super::event::{EventKind, WatchEvent};
use crate::store::records::KubernetesObject;
use crate::world::World;

/// A watch under way.
pub(in super::super) struct Watcher {
    world: Arc<World>,
    /// `group/resource`, as the history has it.
    resource: String,
    namespace: String,
    selector: Selector,
    pub(in super::super) view: View,
    kind: String,
    api_version: String,
    /// All up to this version has been told.
    told: u64,
    /// What was there at the start, and is still to be told.
    initial: VecDeque<Arc<KubernetesObject>>,
    /// Whether the end of the initial objects is to be marked.
    marks_initial: bool,
    waiting: VecDeque<WatchEvent>,
    bookmark_at: Option<Instant>,
    end_at: Instant,
    has_ended: bool,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher")
            .field("resource", &self.resource)
            .field("told", &self.told)
            .finish_non_exhaustive()
    }
}

impl Operation {
    /// Begins a watch.
    pub(in super::super) async fn watch(&self, world: &Arc<World>) -> Result<Watcher, Status> {
        let (target, options) = (&self.target, &self.options);
        let selector = Selector::parse(target, &options.label_selector, &options.field_selector)?;
        let version = parse_version(&options.resource_version)?;
        self.check_initial()?;
        let sends_initial = options
            .sends_initial_events
            .unwrap_or(version.unwrap_or(0) == 0);
        let (told, initial) = if sends_initial {
            let taken = self.snapshot(world, None, usize::MAX, None)?;
            if let Some(version) = version.filter(|version| *version > taken.version) {
                return Err(Status::version_in_the_future(version, taken.version));
            }
            // What is shown is on disk.
            world.cluster.history.reached(taken.version).await;
            (taken.version, taken.objects.into())
        } else if let Some(version) = version.filter(|version| *version > 0) {
            (version, VecDeque::new())
        } else {
            let taken = self.snapshot(world, None, 0, None)?;
            (taken.version, VecDeque::new())
        };
        let (group, resource) = target.storage();
        let now = Instant::now();
        let lasts = options
            .timeout
            .unwrap_or_else(|| default_timeout(world))
            .min(LONGEST);
        let bookmarks = options.allows_bookmarks;
        Ok(Watcher {
            resource: format!("{group}/{resource}"),
            namespace: target.namespace.clone(),
            selector,
            view: View::of(target),
            kind: target.kind(),
            api_version: target.api_version(),
            told,
            initial,
            marks_initial: bookmarks && options.sends_initial_events == Some(true),
            waiting: VecDeque::new(),
            bookmark_at: bookmarks.then(|| now + first_bookmark(lasts)),
            end_at: now + lasts,
            has_ended: false,
            world: Arc::clone(world),
        })
    }

    /// The rules of `sendInitialEvents`.
    fn check_initial(&self) -> Result<(), Status> {
        let options = &self.options;
        let given = &options.resource_version_match;
        let cause = match (options.sends_initial_events, given.as_str()) {
            (None, "") | (Some(_), "NotOlderThan") => return Ok(()),
            (None, _) => Cause::forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ),
            (Some(_), "") => Cause::forbidden(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ),
            (Some(_), other) => {
                Cause::unsupported("resourceVersionMatch", other, &["NotOlderThan"])
            }
        };
        Err(Status::invalid("meta.k8s.io", "ListOptions", "", &[cause]))
    }
}

impl Watcher {
    /// The next event; none when the watch has ended.
    pub(in super::super) async fn next(&mut self) -> Option<WatchEvent> {
        loop {
            if let Some(event) = self.ready() {
                return Some(event);
            }
            if self.has_ended {
                return None;
            }
            let wake = self
                .bookmark_at
                .map_or(self.end_at, |at| at.min(self.end_at));
            let history = &self.world.cluster.history;
            let reached = tokio::select! {
                reached = history.reached(self.told.saturating_add(1)) => Some(reached),
                () = sleep_until(wake) => None,
            };
            match reached {
                Some(None) => self.has_ended = true,
                Some(Some(_)) => self.read_on(),
                None => self.strike(),
            }
        }
    }

    /// The stream of events as lines of JSON: several at a time, as many as are there.
    pub(in super::super) fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut watcher| async move {
            let first = watcher.next().await?;
            let mut lines = Vec::new();
            first.write(&watcher.view, &mut lines);
            while lines.len() < PIECE
                && let Some(event) = watcher.ready()
            {
                event.write(&watcher.view, &mut lines);
            }
            Some((
                Ok::<_, std::convert::Infallible>(Bytes::from(lines)),
                watcher,
            ))
        }))
    }

    /// An event that need not be waited for.
    fn ready(&mut self) -> Option<WatchEvent> {
        while let Some(object) = self.initial.pop_front() {
            if self.selector.takes(&object) {
                return Some(WatchEvent::stored(EventKind::Added, object));
            }
        }
        if std::mem::take(&mut self.marks_initial) {
            return Some(self.bookmark(true));
        }
        self.waiting.pop_front()
    }

    /// Takes up what has happened.
    fn read_on(&mut self) {
        let history = &self.world.cluster.history;
        match history.since(&self.resource, self.told, STEP) {
            Ok((happenings, reached)) => {
                for happening in happenings {
                    if let Some(event) = self.event(&happening) {
                        self.waiting.push_back(event);
                    }
                }
                self.told = reached;
            }
            Err(TooOld { floor }) => {
                let message = format!("too old resource version: {} ({floor})", self.told);
                self.waiting
                    .push_back(WatchEvent::error(&Status::expired(message)));
                self.has_ended = true;
            }
        }
    }

    /// What a change is for this watch: an object that leaves the selector is gone for it.
    fn event(&self, happening: &Happening) -> Option<WatchEvent> {
        let is_taken = |object: &&Arc<KubernetesObject>| {
            let is_here = self.namespace.is_empty() || object.namespace == self.namespace;
            is_here && self.selector.takes(object)
        };
        let before = happening.before.as_ref().filter(is_taken);
        let after = happening.after.as_ref().filter(is_taken);
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => Some(WatchEvent::stored(EventKind::Added, Arc::clone(after))),
            (Some(_), Some(after)) => {
                Some(WatchEvent::stored(EventKind::Modified, Arc::clone(after)))
            }
            (Some(before), None) => {
                // Where it has only left the selector, it is shown as it is now.
                let last = happening.after.as_ref().unwrap_or(before);
                Some(WatchEvent::deleted(last, happening.version, &self.view))
            }
        }
    }

    /// The time for a bookmark, or for the end, has come.
    fn strike(&mut self) {
        let now = Instant::now();
        if now >= self.end_at {
            self.has_ended = true;
        } else if self.bookmark_at.is_some() {
            self.bookmark_at = Some(now + BOOKMARKS_EVERY);
            let bookmark = self.bookmark(false);
            self.waiting.push_back(bookmark);
        }
    }

    fn bookmark(&self, ends_initial: bool) -> WatchEvent {
        let mut metadata: Value = json!({
            "resourceVersion": self.told.to_string(),
            "creationTimestamp": null,
        });
        if let (true, Some(fields)) = (ends_initial, metadata.as_object_mut()) {
            let marks = json!({ "k8s.io/initial-events-end": "true" });
            fields.insert("annotations".to_owned(), marks);
        }
        WatchEvent::bookmark(json!({
            "kind": self.kind,
            "apiVersion": self.api_version,
            "metadata": metadata,
        }))
    }
}

/// Half an hour to an hour: so that watches that began together do not all end together.
fn default_timeout(world: &World) -> Duration {
    let mut byte = [0];
    world.chance.fill(&mut byte);
    let [byte] = byte;
    SHORTEST_BY_DEFAULT + SHORTEST_BY_DEFAULT * u32::from(byte) / 256
}

/// A watch that ends soon is told in time how far it has come.
fn first_bookmark(lasts: Duration) -> Duration {
    let early = lasts.saturating_sub(Duration::from_secs(2)).max(lasts / 2);
    early.min(BOOKMARKS_EVERY)
}

const BOOKMARKS_EVERY: Duration = Duration::from_mins(1);
const SHORTEST_BY_DEFAULT: Duration = Duration::from_mins(30);
const LONGEST: Duration = Duration::from_hours(24);
// Changes looked at in one step.
const STEP: usize = 256;
const PIECE: usize = 64 << 10;
