//! One change of the state: applied in memory, recorded for the database, undone on failure.

use std::sync::Arc;

use super::records::Record;
use super::state::State;

/// A change in the making. Reads see what the change has done so far.
pub(crate) struct Transaction<'a> {
    state: &'a mut State,
    changes: Vec<Change>,
    undo: Vec<Undo>,
    tell: Vec<Tell>,
}

/// Hears whether the change has reached the disk.
pub(super) type Tell = Box<dyn FnOnce(bool) + Send>;

/// Takes one change back.
type Undo = Box<dyn FnOnce(&mut State)>;

/// One row to write, or to remove where `value` is absent.
pub(super) struct Change {
    pub(super) table: &'static str,
    pub(super) key: String,
    pub(super) value: Option<Vec<u8>>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(state: &'a mut State) -> Self {
        Self {
            state,
            changes: Vec::new(),
            undo: Vec::new(),
            tell: Vec::new(),
        }
    }

    /// The state as this change has left it so far.
    pub(crate) fn state(&self) -> &State {
        self.state
    }

    /// Adds the record, or replaces the one of the same key.
    pub(crate) fn put<R: Record>(&mut self, record: R) {
        self.put_shared(Arc::new(record));
    }

    /// The same, where somebody else holds the record, too.
    pub(crate) fn put_shared<R: Record>(&mut self, record: Arc<R>) {
        let key = record.key();
        // INVARIANT: records are plain data with string keys, which JSON can always write.
        let value = serde_json::to_vec(&*record).unwrap_or_default();
        self.changes.push(Change {
            table: R::TABLE,
            key: key.clone(),
            value: Some(value),
        });
        let before = R::table_mut(self.state).insert(key.clone(), Arc::clone(&record));
        R::reindex(self.state, &key, before.as_deref(), Some(&record));
        self.remember(key, before);
    }

    /// Removes the record of that key, if there is one.
    pub(crate) fn delete<R: Record>(&mut self, key: &str) -> Option<Arc<R>> {
        let before = R::table_mut(self.state).remove(key)?;
        R::reindex(self.state, key, Some(&before), None);
        self.changes.push(Change {
            table: R::TABLE,
            key: key.to_owned(),
            value: None,
        });
        self.remember(key.to_owned(), Some(Arc::clone(&before)));
        Some(before)
    }

    /// Has `tell` called when the change is on disk, or could not get there; never when it is
    /// undone. The thread that writes waits for it: it must be short.
    pub(crate) fn when_written(&mut self, tell: impl FnOnce(bool) + Send + 'static) {
        self.tell.push(Box::new(tell));
    }

    fn remember<R: Record>(&mut self, key: String, before: Option<Arc<R>>) {
        self.undo.push(Box::new(move |state| {
            let table = R::table_mut(state);
            let after = match &before {
                Some(record) => table.insert(key.clone(), Arc::clone(record)),
                None => table.remove(&key),
            };
            R::reindex(state, &key, after.as_deref(), before.as_deref());
        }));
    }

    pub(super) fn roll_back(self) {
        for undo in self.undo.into_iter().rev() {
            undo(self.state);
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Change>, Vec<Tell>) {
        (self.changes, self.tell)
    }
}
