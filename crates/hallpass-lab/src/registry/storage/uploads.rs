//! The uploads in the making, by their IDs.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hallpass_types::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::disk::blocking;
use super::upload::Upload;

/// An upload that one request works on. It may move to where files are written; whatever becomes of
/// the request, the upload's file and hash stay in step.
pub(crate) type Held = OwnedMutexGuard<Upload>;

/// Why there is no upload to work on.
#[derive(Debug)]
pub(in crate::registry) enum NoUpload {
    /// Another request works on it, and does not end.
    Busy,
    /// There are as many as there may be.
    TooMany,
    /// There is none of that ID in that repository.
    Unknown,
    /// Its file could not be made.
    Unwritable(io::Error),
}

/// The uploads.
#[derive(Debug)]
pub(in crate::registry) struct Uploads {
    folder: PathBuf,
    open: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    repository: String,
    touched: Timestamp,
    upload: Arc<tokio::sync::Mutex<Upload>>,
}

impl Uploads {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            open: Mutex::default(),
        }
    }

    /// Starts an upload into a repository.
    pub(in crate::registry) async fn start(
        &self,
        repository: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), NoUpload> {
        self.make_room(now)?;
        let folder = self.folder.clone();
        let upload = blocking(move || Upload::create(&folder))
            .await
            .map_err(NoUpload::Unwritable)?;
        let entry = Entry {
            repository: repository.to_owned(),
            touched: now,
            upload: Arc::new(tokio::sync::Mutex::new(upload)),
        };
        self.lock().insert(id.to_owned(), entry);
        Ok(())
    }

    /// Takes an upload in hand, when no other request has it.
    pub(in crate::registry) async fn hold(
        &self,
        repository: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Held, NoUpload> {
        let upload = match self.lock().get_mut(id) {
            Some(entry) if entry.repository == repository => {
                entry.touched = now;
                Arc::clone(&entry.upload)
            }
            _ => return Err(NoUpload::Unknown),
        };
        // A client that lost its connection may be back before the lab has noticed.
        tokio::time::timeout(PATIENCE, upload.lock_owned())
            .await
            .map_err(|_| NoUpload::Busy)
    }

    /// Forgets an upload; its file goes with the last request that works on it.
    pub(in crate::registry) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Forgets all uploads into a repository.
    pub(super) fn remove_all(&self, repository: &str) {
        self.lock()
            .retain(|_, entry| entry.repository != repository);
    }

    /// Forgets uploads that nobody goes on with, when there are many.
    fn make_room(&self, now: Timestamp) -> Result<(), NoUpload> {
        let mut open = self.lock();
        if open.len() >= MAX_UPLOADS {
            open.retain(|_, entry| now.as_second() - entry.touched.as_second() < IDLE_SECONDS);
        }
        if open.len() >= MAX_UPLOADS {
            return Err(NoUpload::TooMany);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Each holds an open file; a push has some five at once.
const MAX_UPLOADS: usize = 2048;
// A client that pauses longer between two chunks has gone.
const IDLE_SECONDS: i64 = 3600;
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upload_belongs_to_its_repository() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(folder.path().to_owned());
        let now = Timestamp::UNIX_EPOCH;
        uploads.start("mine", "1", now).await.unwrap();
        assert!(uploads.hold("mine", "1", now).await.is_ok());
        assert!(matches!(
            uploads.hold("other", "1", now).await,
            Err(NoUpload::Unknown)
        ));
        uploads.remove_all("mine");
        assert!(matches!(
            uploads.hold("mine", "1", now).await,
            Err(NoUpload::Unknown)
        ));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
