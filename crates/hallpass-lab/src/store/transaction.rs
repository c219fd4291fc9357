//! One change of the state: applied in memory, recorded for the database, undone on failure.

use std::sync::Arc;

use hallpass_types::AccountId;

use super::records::{AccountRecord, Record, Row};
use super::state::{AccountState, State, Table};

/// A change in the making. Reads see what the change has done so far.
pub(crate) struct Transaction<'a> {
    state: &'a mut State,
    changes: Vec<Change>,
    undo: Vec<Undo>,
    tell: Vec<Tell>,
}

/// Hears whether the change has reached the disk.
pub(super) type Tell = Box<dyn FnOnce(bool) + Send>;

/// A change of what belongs to one account.
pub(crate) struct AccountTransaction<'t, 'a> {
    whole: &'t mut Transaction<'a>,
    account: AccountId,
}

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

    /// The part of this change that concerns one account.
    pub(crate) fn account(&mut self, account: AccountId) -> AccountTransaction<'_, 'a> {
        AccountTransaction {
            whole: self,
            account,
        }
    }

    /// Adds the record, or replaces the one of the same key.
    pub(crate) fn put<R: Record>(&mut self, record: R) {
        self.put_shared(Arc::new(record));
    }

    /// The same, where somebody else holds the record, too.
    pub(crate) fn put_shared<R: Record>(&mut self, record: Arc<R>) {
        let key = record.key();
        self.put_in(key.clone(), key, record, R::table_mut);
    }

    /// Has `tell` called when the change is on disk, or could not get there; never when it is
    /// undone. The thread that writes waits for it: it must be short.
    pub(crate) fn when_written(&mut self, tell: impl FnOnce(bool) + Send + 'static) {
        self.tell.push(Box::new(tell));
    }

    /// Removes the record of that key, if there is one.
    pub(crate) fn delete<R: Record>(&mut self, key: &str) -> Option<Arc<R>> {
        self.delete_in(key.to_owned(), key, R::table_mut)
    }

    fn put_in<R: Row>(
        &mut self,
        database_key: String,
        key: String,
        record: Arc<R>,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
    ) {
        // INVARIANT: records are plain data with string keys, which JSON can always write.
        let value = serde_json::to_vec(&*record).unwrap_or_default();
        self.changes.push(Change {
            table: R::TABLE,
            key: database_key,
            value: Some(value),
        });
        let before = table(self.state).insert(key.clone(), Arc::clone(&record));
        R::reindex(self.state, &key, before.as_deref(), Some(&record));
        self.remember(key, before, table);
    }

    fn delete_in<R: Row>(
        &mut self,
        database_key: String,
        key: &str,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
    ) -> Option<Arc<R>> {
        let before = table(self.state).remove(key)?;
        R::reindex(self.state, key, Some(&before), None);
        self.changes.push(Change {
            table: R::TABLE,
            key: database_key,
            value: None,
        });
        self.remember(key.to_owned(), Some(Arc::clone(&before)), table);
        Some(before)
    }

    fn remember<R: Row>(
        &mut self,
        key: String,
        before: Option<Arc<R>>,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
    ) {
        self.undo.push(Box::new(move |state| {
            let records = table(state);
            let after = match &before {
                Some(record) => records.insert(key.clone(), Arc::clone(record)),
                None => records.remove(&key),
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

impl<'a> AccountTransaction<'_, 'a> {
    /// What the account has, as this change has left it so far.
    pub(crate) fn state(&self) -> &AccountState {
        self.whole.state.account(self.account)
    }

    /// The whole change, for what reaches into other accounts.
    pub(crate) fn whole(&mut self) -> &mut Transaction<'a> {
        self.whole
    }

    /// Adds the record, or replaces the one of the same key.
    pub(crate) fn put<R: AccountRecord>(&mut self, record: R) {
        let (account, key) = (self.account, record.key());
        let database_key = self.whole.state.database_key(account, &key);
        self.whole
            .put_in(database_key, key, Arc::new(record), move |state| {
                R::table_mut(state.account_mut(account))
            });
    }

    /// Removes the record of that key, if there is one.
    pub(crate) fn delete<R: AccountRecord>(&mut self, key: &str) -> Option<Arc<R>> {
        let account = self.account;
        let database_key = self.whole.state.database_key(account, key);
        self.whole.delete_in(database_key, key, move |state| {
            R::table_mut(state.account_mut(account))
        })
    }
}
