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

/// Lets what is derived from a table follow the change of one record.
type Reindex<R> = fn(&mut State, &str, Option<&R>, Option<&R>);

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
        self.put_shared(&Arc::new(record));
    }

    /// The same, where somebody else holds the record, too.
    pub(crate) fn put_shared<R: Record>(&mut self, record: &Arc<R>) {
        let key = record.key();
        self.put_in(key.clone(), key, record, R::table_mut, R::reindex);
    }

    /// Removes the record of that key, if there is one.
    pub(crate) fn delete<R: Record>(&mut self, key: &str) -> Option<Arc<R>> {
        self.delete_in(key.to_owned(), key, R::table_mut, R::reindex)
    }

    fn put_in<R: Row>(
        &mut self,
        database_key: String,
        key: String,
        record: &Arc<R>,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
        reindex: Reindex<R>,
    ) {
        // INVARIANT: records are plain data with string keys, which JSON can always write.
        let value = serde_json::to_vec(&**record).unwrap_or_default();
        self.changes.push(Change {
            table: R::TABLE,
            key: database_key,
            value: Some(value),
        });
        let before = table(self.state).insert(key.clone(), Arc::clone(record));
        reindex(self.state, &key, before.as_deref(), Some(record));
        self.remember(key, before, table, reindex);
    }

    fn delete_in<R: Row>(
        &mut self,
        database_key: String,
        key: &str,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
        reindex: Reindex<R>,
    ) -> Option<Arc<R>> {
        let before = table(self.state).remove(key)?;
        reindex(self.state, key, Some(&before), None);
        self.changes.push(Change {
            table: R::TABLE,
            key: database_key,
            value: None,
        });
        self.remember(key.to_owned(), Some(Arc::clone(&before)), table, reindex);
        Some(before)
    }

    /// Has `tell` called when the change is on disk, or could not get there; never when it is
    /// undone. The thread that writes waits for it: it must be short.
    pub(crate) fn when_written(&mut self, tell: impl FnOnce(bool) + Send + 'static) {
        self.tell.push(Box::new(tell));
    }

    fn remember<R: Row>(
        &mut self,
        key: String,
        before: Option<Arc<R>>,
        table: impl Fn(&mut State) -> &mut Table<R> + 'static,
        reindex: Reindex<R>,
    ) {
        self.undo.push(Box::new(move |state| {
            let after = match &before {
                Some(record) => table(state).insert(key.clone(), Arc::clone(record)),
                None => table(state).remove(&key),
            };
            reindex(state, &key, after.as_deref(), before.as_deref());
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
        if !self.whole.state.is_account(account) {
            let undo: Undo = Box::new(move |state| state.forget_account(account));
            self.whole.undo.push(undo);
        }
        let database_key = self.whole.state.database_key(account, &key);
        self.whole.put_in(
            database_key,
            key,
            &Arc::new(record),
            move |state| R::table_mut(state.account_mut(account)),
            |_, _, _, _| {},
        );
    }

    /// Removes the record of that key, if there is one.
    pub(crate) fn delete<R: AccountRecord>(&mut self, key: &str) -> Option<Arc<R>> {
        let account = self.account;
        if !self.whole.state.is_account(account) {
            return None;
        }
        let database_key = self.whole.state.database_key(account, key);
        self.whole.delete_in(
            database_key,
            key,
            move |state| R::table_mut(state.account_mut(account)),
            |_, _, _, _| {},
        )
    }
}
