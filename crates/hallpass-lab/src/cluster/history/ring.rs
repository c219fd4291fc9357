//! The past of each resource, as far as it is kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::happening::Happening;
use super::progress::Progress;
use crate::store::records::KubernetesObject;

/// The past of all resources.
#[derive(Debug, Default)]
pub(in super::super) struct History {
    rings: Mutex<Rings>,
    progress: Progress,
}

/// The past does not reach back to the version that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct TooOld {
    /// The earliest version that it reaches back to.
    pub(in super::super) floor: u64,
}

impl History {
    /// Begins at `version`: all before it is forgotten.
    pub(in super::super) fn begin(&self, version: u64) {
        self.rings().start = version;
        self.progress.reach(version);
    }

    /// Forgets what was before `version`, as a restart does.
    #[cfg(test)]
    pub(in super::super) fn forget_all(&self, version: u64) {
        *self.rings() = Rings {
            start: version,
            ..Rings::default()
        };
    }

    /// Takes changes in. INVARIANT: called under the store's lock, in the order of versions.
    pub(in super::super) fn add(&self, happenings: Vec<Happening>) {
        let mut rings = self.rings();
        for happening in happenings {
            rings.push(happening);
        }
    }

    /// The changes of a resource after `from` that are on disk, at most `limit`; and the version up
    /// to which these are all.
    pub(in super::super) fn since(
        &self,
        resource: &str,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<Arc<Happening>>, u64), TooOld> {
        let until = self.progress.version();
        let rings = self.rings();
        let floor = rings.floor(resource);
        if from < floor {
            return Err(TooOld { floor });
        }
        let Some(ring) = rings.by_resource.get(resource) else {
            return Ok((Vec::new(), until.max(from)));
        };
        let events = ring.after(from).take_while(|event| event.version <= until);
        let found: Vec<_> = events.take(limit).cloned().collect();
        let is_cut = found.len() == limit;
        let reached = found.last().filter(|_| is_cut).map(|event| event.version);
        Ok((found, reached.unwrap_or_else(|| until.max(from))))
    }

    /// The objects of a resource, by key, that were otherwise at `version`: none where there was no
    /// such object.
    pub(in super::super) fn differences(
        &self,
        resource: &str,
        version: u64,
    ) -> Result<BTreeMap<String, Option<Arc<KubernetesObject>>>, TooOld> {
        let rings = self.rings();
        let floor = rings.floor(resource);
        if version < floor {
            return Err(TooOld { floor });
        }
        let mut found = BTreeMap::new();
        let events = rings.by_resource.get(resource);
        for event in events.into_iter().flat_map(|ring| ring.after(version)) {
            if let Some(object) = event.object() {
                // The first change after that version tells what was there.
                found
                    .entry(object.record_key())
                    .or_insert_with(|| event.before.clone());
            }
        }
        Ok(found)
    }

    /// Waits until `version` is on disk, and gives what is there then; none when it never will be.
    pub(in super::super) async fn reached(&self, version: u64) -> Option<u64> {
        self.progress.wait_for(version).await
    }

    /// All up to `version` is on disk.
    pub(in super::super) fn reach(&self, version: u64) {
        self.progress.reach(version);
    }

    /// Nothing more will happen: who waits need not.
    pub(in super::super) fn end(&self) {
        self.progress.end();
    }

    fn rings(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Rings {
    /// By `group/resource`.
    by_resource: BTreeMap<String, Ring>,
    /// The version at which the history begins.
    start: u64,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Ring {
    floor: u64,
    events: VecDeque<Arc<Happening>>,
    bytes: usize,
}

impl Rings {
    fn floor(&self, resource: &str) -> u64 {
        let ring = self.by_resource.get(resource);
        ring.map_or(self.start, |ring| ring.floor)
    }

    fn push(&mut self, happening: Happening) {
        let Some(object) = happening.object() else {
            return;
        };
        let resource = format!("{}/{}", object.group, object.resource);
        let bytes = happening.bytes();
        let floor = self.start;
        let ring = self.by_resource.entry(resource).or_insert_with(|| Ring {
            floor,
            ..Ring::default()
        });
        ring.bytes = ring.bytes.saturating_add(bytes);
        ring.events.push_back(Arc::new(happening));
        self.bytes = self.bytes.saturating_add(bytes);
        while ring.events.len() > MAX_EVENTS {
            self.bytes = self.bytes.saturating_sub(ring.forget());
        }
        while self.bytes > MAX_BYTES {
            let largest = self.by_resource.values_mut().max_by_key(|ring| ring.bytes);
            let freed = largest.map_or(0, Ring::forget);
            if freed == 0 {
                return;
            }
            self.bytes = self.bytes.saturating_sub(freed);
        }
    }
}

impl Ring {
    fn after(&self, version: u64) -> impl Iterator<Item = &Arc<Happening>> {
        let first = self
            .events
            .partition_point(|event| event.version <= version);
        self.events.range(first..)
    }

    /// Forgets the oldest change; gives the room that it took.
    fn forget(&mut self) -> usize {
        let Some(oldest) = self.events.pop_front() else {
            return 0;
        };
        self.floor = oldest.version;
        let bytes = oldest.bytes();
        self.bytes = self.bytes.saturating_sub(bytes);
        bytes
    }
}

// As many changes as a client may lag behind while 10,000 pods are made, before it must list again.
const MAX_EVENTS: usize = 16_384;
// Of all resources; objects that are still stored count, too, though they cost nothing here.
const MAX_BYTES: usize = 48 << 20;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(name: &str, version: u64) -> Arc<KubernetesObject> {
        let body = json!({ "metadata": { "name": name, "resourceVersion": version.to_string() } });
        Arc::new(KubernetesObject::new("", "pods", "n", name, &body))
    }

    fn made(name: &str, version: u64) -> Happening {
        Happening {
            version,
            before: None,
            after: Some(object(name, version)),
        }
    }

    #[test]
    fn shows_what_is_on_disk_and_no_more() {
        let history = History::default();
        history.begin(10);
        history.add(vec![made("a", 11), made("b", 12), made("c", 13)]);
        let versions = |from, limit| {
            let (found, reached) = history.since("/pods", from, limit).unwrap();
            let found: Vec<_> = found.iter().map(|event| event.version).collect();
            (found, reached)
        };
        assert_eq!(versions(10, 9), (vec![], 10));
        history.reach(12);
        assert_eq!(versions(10, 9), (vec![11, 12], 12));
        assert_eq!(versions(10, 1), (vec![11], 11));
        assert_eq!(versions(11, 9), (vec![12], 12));
        assert_eq!(versions(12, 9), (vec![], 12));
        assert_eq!(versions(20, 9), (vec![], 20));
        assert_eq!(history.since("/pods", 9, 9).unwrap_err().floor, 10);
        assert_eq!(history.since("/secrets", 10, 9).unwrap().1, 12);
    }

    #[test]
    fn tells_what_was_there_before() {
        let history = History::default();
        history.begin(1);
        let (old, new) = (object("a", 1), object("a", 2));
        history.add(vec![
            Happening {
                version: 2,
                before: Some(Arc::clone(&old)),
                after: Some(Arc::clone(&new)),
            },
            made("b", 3),
            Happening {
                version: 4,
                before: Some(new),
                after: None,
            },
        ]);
        let at = |version| {
            let found = history.differences("/pods", version).unwrap();
            let told = found
                .into_iter()
                .map(|(key, object)| (key, object.map_or(0, |object| object.head.version)));
            told.collect::<Vec<_>>()
        };
        let (a, b) = ("/pods/n/a".to_owned(), "/pods/n/b".to_owned());
        assert_eq!(at(1), [(a.clone(), 1), (b.clone(), 0)]);
        assert_eq!(at(2), [(a.clone(), 2), (b, 0)]);
        assert_eq!(at(3), [(a, 2)]);
        assert_eq!(at(4), []);
    }

    #[test]
    fn the_past_is_bounded() {
        let history = History::default();
        history.begin(0);
        let events = u64::try_from(MAX_EVENTS).unwrap() + 5;
        history.add((1..=events).map(|version| made("a", version)).collect());
        history.reach(events);
        assert_eq!(history.since("/pods", 4, 1).unwrap_err().floor, 5);
        assert_eq!(history.since("/pods", 5, 1).unwrap().1, 6);
        let large = || {
            let body = json!({ "data": "x".repeat(MAX_BYTES / 3) });
            Some(Arc::new(KubernetesObject::new(
                "", "secrets", "n", "s", &body,
            )))
        };
        for version in events + 1..events + 6 {
            history.add(vec![Happening {
                version,
                before: None,
                after: large(),
            }]);
        }
        assert!(history.rings().bytes <= MAX_BYTES);
        assert_eq!(
            history.since("/secrets", events, 1).unwrap_err().floor,
            events + 3
        );
    }
}
