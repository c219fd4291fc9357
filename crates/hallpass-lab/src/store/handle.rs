//! The handle on the state: reads from memory, writes through to the database.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use super::database::Database;
use hallpass_types::AccountId;

use super::state::{AccountState, State};
use super::transaction::{AccountTransaction, Transaction};
use crate::error::LabError;

/// The lab's state and the database behind it.
#[derive(Debug)]
pub(crate) struct Store {
    state: RwLock<State>,
    database: Database,
}

impl Store {
    /// Opens the database in `folder`, made if absent, and reads all of it.
    pub(crate) fn open(folder: &Path) -> Result<Self, LabError> {
        let (database, state) = Database::open(folder)?;
        Ok(Self {
            state: RwLock::new(state),
            database,
        })
    }

    /// What belongs to an account.
    pub(crate) const fn of(&self, account: AccountId) -> AccountStore<'_> {
        AccountStore {
            store: self,
            account,
        }
    }

    /// Looks at the state. `look` must be short: writers wait for it.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and waits until the change is on disk.
    ///
    /// When `work` fails, all that it had changed is undone.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreFailed>,
    {
        let (value, committed) = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            let mut transaction = Transaction::new(&mut state);
            match work(&mut transaction) {
                Err(error) => {
                    transaction.roll_back();
                    return Err(error);
                }
                Ok(value) => {
                    let (changes, tell) = transaction.into_parts();
                    if changes.is_empty() {
                        return Ok(value);
                    }
                    // INVARIANT: sent under the lock, so that the database sees changes in order.
                    (value, self.database.commit(changes, tell))
                }
            }
        };
        match committed.await {
            Ok(true) => Ok(value),
            Ok(false) | Err(_) => Err(StoreFailed.into()),
        }
    }

    /// Changes the state at once, and lets the change reach the disk when it may.
    ///
    /// For what nobody is told of and nobody waits for, such as the last use of a key.
    pub(crate) fn note(&self, work: impl FnOnce(&mut Transaction<'_>)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut transaction = Transaction::new(&mut state);
        work(&mut transaction);
        let (changes, tell) = transaction.into_parts();
        if !changes.is_empty() {
            // INVARIANT: sent under the lock, as in `write`.
            drop(self.database.commit(changes, tell));
        }
    }
}

/// What belongs to one account: the only way in, so that nobody who reads or writes it can forget whose
/// it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountStore<'s> {
    store: &'s Store,
    account: AccountId,
}

impl AccountStore<'_> {
    /// Looks at what the account has. `look` must be short: writers wait for it.
    pub(crate) fn read<T>(self, look: impl FnOnce(&AccountState) -> T) -> T {
        self.store.read(|state| look(state.account(self.account)))
    }

    /// Changes what the account has, as [`Store::write`] does.
    pub(crate) async fn write<T, E>(
        self,
        work: impl FnOnce(&mut AccountTransaction<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreFailed>,
    {
        self.store
            .write(|tx| work(&mut tx.account(self.account)))
            .await
    }

    /// Changes what the account has, as [`Store::note`] does.
    pub(crate) fn note(self, work: impl FnOnce(&mut AccountTransaction<'_, '_>)) {
        self.store.note(|tx| work(&mut tx.account(self.account)));
    }
}

/// The database refused a change; the lab serves no more writes until it is started again.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the lab's database could not write: look at the lab's log, free the disk, and start the lab again"
)]
pub(crate) struct StoreFailed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::Setting;

    fn setting(name: &str, value: &str) -> Setting {
        Setting {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    #[tokio::test]
    async fn an_acknowledged_write_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        {
            let store = Store::open(folder.path()).unwrap();
            store
                .write::<_, StoreFailed>(|tx| {
                    tx.put(setting("a", "1"));
                    Ok(())
                })
                .await
                .unwrap();
        }
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.read(|state| state.settings["a"].value.clone()), "1");
    }

    #[tokio::test]
    async fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let put = |name: &'static str, value: &'static str| {
            store.write::<_, StoreFailed>(move |tx| {
                tx.put(setting(name, value));
                Ok(())
            })
        };
        put("a", "1").await.unwrap();
        put("b", "1").await.unwrap();
        let failed: Result<(), StoreFailed> = store
            .write(|tx| {
                tx.put(setting("a", "2"));
                tx.put(setting("c", "2"));
                tx.delete::<Setting>("b");
                Err(StoreFailed)
            })
            .await;
        assert!(failed.is_err());
        let left = store.read(|state| {
            state
                .settings
                .values()
                .map(|setting| format!("{}={}", setting.name, setting.value))
                .collect::<Vec<_>>()
        });
        assert_eq!(left, ["a=1", "b=1"]);
    }
}
