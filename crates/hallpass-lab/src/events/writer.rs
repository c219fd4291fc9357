//! The thread that writes events to disk.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;

use super::EVENT_FILE;
use super::log::Line;
use crate::error::LabError;

/// Starts the writer; it ends when the sending side is dropped.
pub(super) fn start(folder: &Path, events: Receiver<Line>) -> Result<(), LabError> {
    let path = folder.join(EVENT_FILE);
    let fault = |source| LabError::Folder {
        path: path.clone(),
        source,
    };
    let mut log = LogFile::open(&path).map_err(fault)?;
    thread::Builder::new()
        .name("lab-events".to_owned())
        .spawn(move || {
            // A full disk must not stop the lab: the event is lost, the call is not.
            while let Ok(event) = events.recv() {
                let _ = log.write(&event);
                let _ = log.drain(&events);
            }
        })
        .map(drop)
        .map_err(|source| LabError::Folder {
            path: folder.join(EVENT_FILE),
            source,
        })
}

struct LogFile {
    path: PathBuf,
    out: BufWriter<File>,
    size: u64,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            out: BufWriter::with_capacity(64 << 10, file),
            size,
        })
    }

    /// Writes what waits, then flushes, so that a reader of the file is at most one burst behind.
    fn drain(&mut self, events: &Receiver<Line>) -> io::Result<()> {
        loop {
            match events.try_recv() {
                Ok(event) => self.write(&event)?,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return self.out.flush(),
            }
        }
    }

    fn write(&mut self, event: &Line) -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.size += line.len() as u64;
        if self.size >= MAX_FILE_BYTES {
            self.out.flush()?;
            std::fs::rename(&self.path, self.path.with_extension("1.jsonl"))?;
            *self = Self::open(&self.path)?;
        }
        Ok(())
    }
}

// With its predecessor: some fifty thousand calls, which is more than anyone reads by hand.
const MAX_FILE_BYTES: u64 = 32 << 20;
