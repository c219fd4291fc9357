//! One upload: a file that grows, and the hash of what is in it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

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

    /// The digest of what has come so far.
    pub(in crate::registry) fn digest(&self) -> Digest {
        Digest::of_hash(self.hash.clone().finish())
    }

    /// Moves the file to `target`: flushed before it has the name, and the name flushed too, so that
    /// neither a crash nor a power cut leaves a half blob under a digest.
    pub(super) fn place(&mut self, target: &Path) -> io::Result<()> {
        let file = self.file.take().ok_or_else(broken)?;
        file.as_file().sync_data()?;
        let folder = target.parent().unwrap_or(Path::new("."));
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            sync_folder(folder.parent().unwrap_or(folder))?;
        }
        file.persist(target)?;
        sync_folder(folder)
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
    fn a_dropped_upload_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut upload = Upload::create(folder.path()).unwrap();
        upload.append(&[Bytes::from_static(b"half")]).unwrap();
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
