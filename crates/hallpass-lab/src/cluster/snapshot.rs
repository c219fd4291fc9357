//! The objects of a resource at one version: the present one, or an earlier one that the history
//! still reaches back to.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::change::latest_version;
use super::history::{History, TooOld};
use crate::store::State;
use crate::store::records::KubernetesObject;

/// Which part of the objects.
#[derive(Debug)]
pub(super) struct Extent<'a> {
    pub(super) group: &'a str,
    pub(super) resource: &'a str,
    /// One namespace, or all where it is empty.
    pub(super) namespace: &'a str,
    /// What comes after this object, `NAMESPACE/NAME`.
    pub(super) after: Option<&'a str>,
    /// No more than that many; the rest is only counted.
    pub(super) at_most: usize,
}

/// Objects, and the version at which they were so.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) version: u64,
    pub(super) objects: Vec<Arc<KubernetesObject>>,
    /// How many follow.
    pub(super) remaining: usize,
}

/// Why there is no snapshot.
#[derive(Debug)]
pub(super) enum NoSnapshot {
    Future { present: u64 },
    Past,
}

impl Snapshot {
    /// Takes one. INVARIANT: called under the store's lock, so that state and history agree.
    pub(super) fn take(
        state: &State,
        history: &History,
        extent: &Extent<'_>,
        version: Option<u64>,
    ) -> Result<Self, NoSnapshot> {
        let present = latest_version(state);
        let Extent {
            group, resource, ..
        } = extent;
        let version = version.unwrap_or(present);
        if version > present {
            return Err(NoSnapshot::Future { present });
        }
        let differences = if version == present {
            BTreeMap::new()
        } else {
            history
                .differences(&format!("{group}/{resource}"), version)
                .map_err(|_: TooOld| NoSnapshot::Past)?
        };
        let (from, prefix) = extent.bounds();
        let inside = |key: &String| key.starts_with(&prefix);
        let kept = state
            .objects
            .range((from.clone(), Bound::Unbounded))
            .take_while(|(key, _)| inside(key))
            .filter(|(key, _)| !differences.contains_key(*key));
        let other = differences
            .range((from, Bound::Unbounded))
            .take_while(|(key, _)| inside(key))
            .filter_map(|(key, object)| Some((key, object.as_ref()?)));
        let mut all = Merged {
            left: kept.peekable(),
            right: other.peekable(),
        };
        let objects: Vec<_> = all.by_ref().take(extent.at_most).cloned().collect();
        let remaining = all.count();
        Ok(Self {
            version,
            objects,
            remaining,
        })
    }
}

impl Extent<'_> {
    fn bounds(&self) -> (Bound<String>, String) {
        let Self {
            group,
            resource,
            namespace,
            ..
        } = self;
        let whole = format!("{group}/{resource}/");
        let from = self.after.map(|after| format!("{whole}{after}"));
        let prefix = if namespace.is_empty() {
            whole
        } else {
            format!("{whole}{namespace}/")
        };
        let from = match from {
            // A token of another namespace's list leads to nothing outside this one.
            Some(from) if from > prefix => Bound::Excluded(from),
            Some(_) | None => Bound::Included(prefix.clone()),
        };
        (from, prefix)
    }
}

/// Two sorted sequences with no common key, as one.
struct Merged<L: Iterator, R: Iterator> {
    left: std::iter::Peekable<L>,
    right: std::iter::Peekable<R>,
}

type Entry<'a> = (&'a String, &'a Arc<KubernetesObject>);

impl<'a, L: Iterator<Item = Entry<'a>>, R: Iterator<Item = Entry<'a>>> Iterator for Merged<L, R> {
    type Item = &'a Arc<KubernetesObject>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_left = match (self.left.peek(), self.right.peek()) {
            (Some((left, _)), Some((right, _))) => left < right,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let next = if is_left {
            self.left.next()
        } else {
            self.right.next()
        };
        next.map(|(_, object)| object)
    }
}
