//! One change of one object.

use std::sync::Arc;

use crate::store::records::KubernetesObject;

/// The object before and after; one of the two is there.
#[derive(Clone, Debug)]
pub(in super::super) struct Happening {
    /// The version that the change has.
    pub(in super::super) version: u64,
    pub(in super::super) before: Option<Arc<KubernetesObject>>,
    pub(in super::super) after: Option<Arc<KubernetesObject>>,
}

impl Happening {
    /// The object that it is about.
    pub(super) fn object(&self) -> Option<&Arc<KubernetesObject>> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// The room that it may keep: the objects, even where others hold them, too.
    pub(super) fn bytes(&self) -> usize {
        let room = |object: &Option<Arc<KubernetesObject>>| {
            object
                .as_ref()
                .map_or(0, |object| object.text().len().saturating_add(OVERHEAD))
        };
        room(&self.before)
            .saturating_add(room(&self.after))
            .saturating_add(OVERHEAD)
    }
}

// Names, pointers and counters around an object's text.
const OVERHEAD: usize = 256;
