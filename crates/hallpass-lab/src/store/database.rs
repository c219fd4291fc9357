//! The embedded database: one writer thread that commits what has piled up, together.
//!
//! A commit costs a disk flush; with many writers at once one flush serves them all.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition};
use tokio::sync::oneshot;

use super::state::State;
use super::transaction::{Change, Tell};
use crate::error::LabError;
use crate::files;

/// A handle on the writer thread; dropping it lets the thread finish and close the database.
#[derive(Debug)]
pub(super) struct Database {
    queue: Option<mpsc::Sender<Commit>>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Commit {
    changes: Vec<Change>,
    tell: Vec<Tell>,
    done: oneshot::Sender<bool>,
}

impl Database {
    /// Opens or makes `state.redb` in `folder`, and reads the whole state.
    pub(super) fn open(folder: &Path) -> Result<(Self, State), LabError> {
        let path = folder.join("state.redb");
        let fault = |error: &dyn std::fmt::Display| LabError::Database {
            path: path.clone(),
            reason: error.to_string(),
        };
        // The file holds the lab's secrets: it must be private before the first byte is in it.
        files::create_private(&path)?;
        let database = redb::Builder::new()
            .set_cache_size(CACHE_BYTES)
            .create(&path)
            .map_err(|error| match error {
                redb::DatabaseError::DatabaseAlreadyOpen => LabError::AlreadyRunning {
                    folder: folder.to_owned(),
                },
                other => fault(&other),
            })?;
        let state = load(&database).map_err(|error| fault(&error))?;
        let (queue, commits) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("lab-store".to_owned())
            .spawn(move || write_all(&database, &commits))
            .map_err(|error| fault(&error))?;
        let handle = Self {
            queue: Some(queue),
            thread: Some(thread),
        };
        Ok((handle, state))
    }

    /// Queues changes; the receiver hears `true` when they are on disk.
    pub(super) fn commit(&self, changes: Vec<Change>, tell: Vec<Tell>) -> oneshot::Receiver<bool> {
        let (done, committed) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // A send fails only when the thread is gone; the receiver then hears so.
            let _ = queue.send(Commit {
                changes,
                tell,
                done,
            });
        }
        committed
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn load(database: &redb::Database) -> Result<State, LoadError> {
    let mut state = State::default();
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    for name in State::tables() {
        let table = match transaction.open_table(definition(name)) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => continue,
            Err(error) => return Err(LoadError::Database(error.into())),
        };
        for row in table.iter().map_err(redb::Error::from)? {
            let (key, value) = row.map_err(redb::Error::from)?;
            state
                .load(name, key.value(), value.value())
                .map_err(|source| LoadError::Record {
                    table: name,
                    key: key.value().to_owned(),
                    source,
                })?;
        }
    }
    Ok(state)
}

fn write_all(database: &redb::Database, commits: &mpsc::Receiver<Commit>) {
    // After a failure memory and disk differ: nothing more may be acknowledged.
    let mut is_sound = true;
    while let Ok(first) = commits.recv() {
        let batch: Vec<Commit> = std::iter::once(first)
            .chain(commits.try_iter().take(MAX_BATCH))
            .collect();
        is_sound = is_sound && write(database, &batch).is_ok();
        for commit in batch {
            for tell in commit.tell {
                tell(is_sound);
            }
            let _ = commit.done.send(is_sound);
        }
    }
}

fn write(database: &redb::Database, batch: &[Commit]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for change in batch.iter().flat_map(|commit| &commit.changes) {
        let mut table = transaction.open_table(definition(change.table))?;
        match &change.value {
            Some(value) => table.insert(change.key.as_str(), value.as_slice())?,
            None => table.remove(change.key.as_str())?,
        };
    }
    transaction.commit()?;
    Ok(())
}

fn definition(name: &'static str) -> TableDefinition<'static, &'static str, &'static [u8]> {
    TableDefinition::new(name)
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Database(#[from] redb::Error),
    #[error("record `{key}` of table `{table}` cannot be read: {source}")]
    Record {
        table: &'static str,
        key: String,
        source: serde_json::Error,
    },
}

// All reads are served from `State`; the database's own cache only has to carry one commit.
const CACHE_BYTES: usize = 4 << 20;
// Bounds the memory of one commit; at this size the flush is no longer what costs.
const MAX_BATCH: usize = 512;
