//! The shim's images: blobs by their digest, and names for manifests.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

/// A folder of images.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

/// Names, each with its manifest's digest.
pub(super) type Names = BTreeMap<String, String>;

impl Store {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder.join("blobs"))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Keeps a blob, and gives its digest.
    pub(super) fn put(&self, bytes: &[u8]) -> io::Result<String> {
        let digest = digest_of(bytes);
        let file = self.file(&digest)?;
        if !file.exists() {
            self.replace(&file, bytes)?;
        }
        Ok(digest)
    }

    pub(super) fn get(&self, digest: &str) -> io::Result<Vec<u8>> {
        let file = self.file(digest)?;
        if file.metadata()?.len() > MAX_BLOB {
            return Err(io::Error::other(format!(
                "the blob {digest} is larger than {MAX_BLOB} bytes"
            )));
        }
        std::fs::read(file)
    }

    pub(super) fn has(&self, digest: &str) -> bool {
        self.file(digest).is_ok_and(|file| file.exists())
    }

    pub(super) fn names(&self) -> io::Result<Names> {
        match std::fs::read(self.folder.join(NAMES)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Names::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write_names(&self, names: &Names) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(names)?;
        self.replace(&self.folder.join(NAMES), &bytes)
    }

    /// Whole or not at all: another docker may read at any moment.
    fn replace(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut whole = tempfile::NamedTempFile::new_in(&self.folder)?;
        whole.write_all(bytes)?;
        whole.persist(file).map(drop).map_err(|error| error.error)
    }

    fn file(&self, digest: &str) -> io::Result<PathBuf> {
        let name = digest
            .strip_prefix("sha256:")
            .filter(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or_else(|| io::Error::other(format!("`{digest}` is no SHA-256 digest")))?;
        Ok(self.folder.join("blobs").join(name))
    }
}

/// `sha256:..`.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(digest(&SHA256, bytes)))
}

const NAMES: &str = "images.json";
/// What is held in memory at once.
pub(super) const MAX_BLOB: u64 = 1 << 30;
