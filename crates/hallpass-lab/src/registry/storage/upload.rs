//! One upload: a file that grows, and the hash of what is in it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::registry::digest::Digest;

/// An upload in the making. Its file is removed when it is dropped before it was placed.
pub(crate) struct Upload {
    /// Absent once it was placed, or once a write has failed: what is in the file is then unknown.
    file: Option<NamedTempFile>,
    hash: Context,
    size: u64,
    /// How much a flush has been begun for.
    flushed: u64,
    /// Whether a flush has failed; held while one runs.
    has_failed: Arc<Mutex<bool>>,
}

impl Upload {
    /// An empty upload, as a file of `folder`.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new()
            .prefix("upload-")
            .tempfile_in(folder)?;
        Ok(Self {
            file: Some(file),
            hash: Context::new(&SHA256),
            size: 0,
            flushed: 0,
            has_failed: Arc::default(),
        })
    }

    /// The bytes that have come so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes. Blocks; after a failure the upload takes no more.
    pub(in crate::registry) fn append(&mut self, parts: &[Bytes]) -> io::Result<()> {
        let mut file = self.file.take().ok_or_else(broken)?;
        for part in parts {
            file.write_all(part)?;
            self.hash.update(part);
            self.size += part.len() as u64;
        }
        self.file = Some(file);
        Ok(())
    }

    /// A flush of what has come so far, when it is time for one and none runs.
    ///
    /// A blob is flushed before it is placed, which for 200 MB takes a tenth of a second or more. Flushed
    /// while the rest is still coming, it costs the client next to nothing.
    pub(in crate::registry) fn flush_ahead(&mut self) -> Option<Flush> {
        let is_due = self.size - self.flushed >= FLUSH_STEP && self.has_failed.try_lock().is_ok();
        if !is_due {
            return None;
        }
        let file = self.file.as_ref()?.as_file().try_clone().ok()?;
        self.flushed = self.size;
        Some(Flush {
            file,
            has_failed: Arc::clone(&self.has_failed),
        })
    }

    /// The digest of what has come so far.
    pub(in crate::registry) fn digest(&self) -> Digest {
        Digest::of_hash(self.hash.clone().finish())
    }

    /// Moves the file to `target`: flushed before it has the name, and the name flushed too, so that
    /// neither a crash nor a power cut leaves a half blob under a digest.
    pub(super) fn place(&mut self, target: &Path) -> io::Result<()> {
        let file = self.file.take().ok_or_else(broken)?;
        file.as_file().sync_data()?;
        // The system tells of a failed write once: to this flush, or to one ahead of it.
        if *self
            .has_failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
        {
            return Err(broken());
        }
        let folder = target.parent().unwrap_or(Path::new("."));
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            sync_folder(folder.parent().unwrap_or(folder))?;
        }
        file.persist(target)?;
        sync_folder(folder)
    }
}

/// A flush that may run beside the upload. Blocks.
#[derive(Debug)]
pub(in crate::registry) struct Flush {
    file: File,
    has_failed: Arc<Mutex<bool>>,
}

impl Flush {
    /// Flushes; a failure comes out when the upload is placed.
    pub(in crate::registry) fn run(self) {
        let mut has_failed = self
            .has_failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *has_failed |= self.file.sync_data().is_err();
    }
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn broken() -> io::Error {
    io::Error::other("the upload's file could not be written before")
}

// Small enough that the last flush is short, large enough that the disk is not asked all the time.
const FLUSH_STEP: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_hashes_what_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = Upload::create(folder.path()).unwrap();
        upload
            .append(&[Bytes::from_static(b"he"), Bytes::from_static(b"llo")])
            .unwrap();
        assert_eq!((upload.size(), upload.digest()), (5, Digest::of(b"hello")));
        let target = folder.path().join("ab").join("abcd");
        upload.place(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"hello");
        assert!(upload.append(&[Bytes::from_static(b"!")]).is_err());
    }

    #[test]
    fn a_flush_that_failed_keeps_a_blob_from_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = Upload::create(folder.path()).unwrap();
        let block = Bytes::from(vec![0; 1 << 20]);
        let mut flushes = 0;
        for _ in 0..40 {
            upload.append(std::slice::from_ref(&block)).unwrap();
            if let Some(flush) = upload.flush_ahead() {
                flush.run();
                flushes += 1;
            }
        }
        assert_eq!(flushes, 2);
        *upload.has_failed.lock().unwrap() = true;
        let target = folder.path().join("blob");
        assert!(upload.place(&target).is_err());
        assert!(!target.exists());
    }

    #[test]
    fn a_dropped_upload_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = Upload::create(folder.path()).unwrap();
        upload.append(&[Bytes::from_static(b"half")]).unwrap();
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
