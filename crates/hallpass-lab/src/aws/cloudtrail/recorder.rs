//! The thread that makes records and writes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hallpass_types::AccountId;

use super::entry::Entry;
use super::files::{self, OpenFile};
use super::record;
use super::ring::{Kept, Ring};
use crate::error::LabError;

/// The trail of all accounts.
#[derive(Debug)]
pub(crate) struct Trail {
    queue: Option<mpsc::SyncSender<Entry>>,
    thread: Option<JoinHandle<()>>,
    ring: Arc<Ring>,
}

impl Trail {
    /// Opens the trail in `folder`.
    pub(crate) fn open(folder: &Path) -> Result<Self, LabError> {
        let root = folder.join("cloudtrail");
        crate::files::create_folder(&root)?;
        let ring = Arc::new(Ring::default());
        for record in files::open(&root) {
            ring.add(Arc::new(record));
        }
        let (queue, entries) = mpsc::sync_channel(QUEUE);
        let recorder = Recorder {
            root: root.clone(),
            ring: Arc::clone(&ring),
            files: BTreeMap::new(),
        };
        let thread = thread::Builder::new()
            .name("lab-trail".to_owned())
            .spawn(move || recorder.run(&entries))
            .map_err(|source| LabError::Folder { path: root, source })?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            ring,
        })
    }

    /// Adds entries; waits when the writer is behind, so that the queue stays bounded.
    pub(crate) fn add(&self, entries: Vec<Entry>) {
        if let Some(queue) = &self.queue {
            for entry in entries {
                // A send fails only at the end of the process.
                let _ = queue.send(entry);
            }
        }
    }

    /// The records of an account, the newest first.
    pub(super) fn of(&self, account: AccountId) -> Vec<Arc<Kept>> {
        self.ring.of(account)
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Recorder {
    root: PathBuf,
    ring: Arc<Ring>,
    files: BTreeMap<(AccountId, String), OpenFile>,
}

impl Recorder {
    fn run(mut self, entries: &mpsc::Receiver<Entry>) {
        loop {
            match entries.recv_timeout(QUIET) {
                Ok(entry) => {
                    self.add(&entry);
                    // A steady stream must not keep the disk waiting for a quiet moment.
                    for entry in entries.try_iter().take(BURST) {
                        self.add(&entry);
                    }
                    if self.files.values().any(OpenFile::is_behind) {
                        self.write();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.write(),
                Err(RecvTimeoutError::Disconnected) => return self.write(),
            }
        }
    }

    fn add(&mut self, entry: &Entry) {
        let record = Arc::new(record::of(entry));
        self.ring.add(Arc::clone(&record));
        let place = (entry.recipient, entry.region.clone());
        let is_over = self
            .files
            .get(&place)
            .is_none_or(|file| file.is_over(record.time));
        if is_over {
            self.write();
            let unique: String = entry
                .event_id
                .chars()
                .filter(|c| *c != '-')
                .take(16)
                .collect();
            let file = OpenFile::new(&self.root, &record, &entry.region, &unique);
            self.files.insert(place.clone(), file);
            files::kept_files(&self.root);
        }
        if let Some(file) = self.files.get_mut(&place) {
            file.add(record);
        }
    }

    fn write(&mut self) {
        for file in self.files.values_mut() {
            // A full disk must not stop the lab: the records are lost, the calls are not.
            let _ = file.write();
        }
    }
}

// A burst fits; at a few kilobytes an entry the queue stays within some ten megabytes.
const QUEUE: usize = 2048;
const BURST: usize = 512;
const QUIET: Duration = Duration::from_millis(200);
