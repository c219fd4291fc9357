//! The registry's folder: blobs under their digests, and what becomes of those that nobody holds.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{RwLock, RwLockReadGuard, Semaphore};

use super::uploads::{Held, Uploads};
use crate::error::LabError;
use crate::files;
use crate::registry::digest::Digest;
use crate::store::records::RepositoryBlob;
use crate::store::{State, Store};

/// The registry's part of the lab's folder.
#[derive(Debug)]
pub(crate) struct Storage {
    blobs: PathBuf,
    /// Uploads in the making.
    pub(in crate::registry) uploads: Uploads,
    /// Blocks of uploads that may be in memory at once.
    pub(in crate::registry) blocks: Arc<Semaphore>,
    /// Held for reading from a blob's rename to the store's knowing of it, and for writing while
    /// blobs that nobody knows of are removed.
    placing: RwLock<()>,
}

impl Storage {
    /// Opens the registry's folder in `folder`, and removes what a crash has left there.
    pub(crate) fn open(folder: &Path, store: &Store) -> Result<Self, LabError> {
        let root = folder.join("registry");
        let blobs = root.join("blobs").join("sha256");
        let uploads = root.join("uploads");
        for path in [&root, &blobs, &uploads] {
            files::create_folder(path)?;
        }
        let fault = |source| LabError::Folder {
            path: root.clone(),
            source,
        };
        for entry in fs::read_dir(&uploads).map_err(fault)? {
            fs::remove_file(entry.map_err(fault)?.path()).map_err(fault)?;
        }
        remove_unknown(&blobs, store).map_err(fault)?;
        Ok(Self {
            blobs,
            uploads: Uploads::new(uploads),
            blocks: Arc::new(Semaphore::new(MAX_BLOCKS)),
            placing: RwLock::new(()),
        })
    }

    /// Opens a blob for reading.
    pub(in crate::registry) async fn blob(&self, digest: &Digest) -> io::Result<File> {
        let path = path_of(&self.blobs, digest);
        blocking(move || File::open(path)).await
    }

    /// Keeps blobs from being removed until the guard is dropped.
    pub(in crate::registry) async fn keep_blobs(&self) -> RwLockReadGuard<'_, ()> {
        self.placing.read().await
    }

    /// Moves a complete upload under its digest; it is on disk when this returns.
    pub(in crate::registry) async fn place(
        &self,
        mut upload: Held,
        digest: &Digest,
    ) -> io::Result<()> {
        let target = path_of(&self.blobs, digest);
        blocking(move || upload.place(&target)).await
    }

    /// Forgets an upload.
    pub(crate) fn forget_upload(&self, id: &str) {
        self.uploads.remove(id);
    }

    /// Forgets all uploads into a repository, named by its ARN.
    pub(crate) fn forget(&self, repository: &str) {
        self.uploads.remove_all(repository);
    }

    /// Removes those of the blobs that no repository holds any more.
    pub(crate) async fn remove_unheld(
        &self,
        store: &Store,
        digests: impl IntoIterator<Item = Digest>,
    ) {
        let _alone = self.placing.write().await;
        let paths: Vec<PathBuf> = store.read(|state| {
            digests
                .into_iter()
                .filter(|digest| !is_held(state, digest))
                .map(|digest| path_of(&self.blobs, &digest))
                .collect()
        });
        let _ = blocking(move || {
            for path in paths {
                // What cannot be removed is tried again at the next start.
                let _ = fs::remove_file(path);
            }
            Ok(())
        })
        .await;
    }
}

/// Runs file work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn path_of(blobs: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    blobs.join(hex.get(..2).unwrap_or_default()).join(hex)
}

/// Whether a repository of any account holds the blob.
fn is_held(state: &State, digest: &Digest) -> bool {
    let first = RepositoryBlob::key_of("", digest.as_str());
    state.accounts().any(|(_, account)| {
        let mut from = account.blobs.range(first.clone()..);
        from.next().is_some_and(|(key, _)| key.starts_with(&first))
    })
}

fn remove_unknown(blobs: &Path, store: &Store) -> io::Result<()> {
    let known: BTreeSet<String> = store.read(|state| {
        state
            .accounts()
            .flat_map(|(_, account)| account.blobs.values())
            .filter_map(|blob| Some(Digest::parse(&blob.digest)?.hex().to_owned()))
            .collect()
    });
    for folder in fs::read_dir(blobs)? {
        let folder = folder?;
        // A stray file is none of the registry's.
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            if !file
                .file_name()
                .to_str()
                .is_some_and(|name| known.contains(name))
            {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// The largest layer that ECR takes (Amazon ECR service quotas): 52,000 MiB.
pub(in crate::registry) const MAX_BLOB_BYTES: u64 = 52_000 << 20;
// Each is `receive::BLOCK` bytes. Uploads past that wait for one another, not for memory.
const MAX_BLOCKS: usize = 64;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hallpass_types::{Clock as _, SystemClock};

    use super::*;
    use crate::store::StoreFailed;

    async fn upload(storage: &Storage, id: &str, data: &'static [u8]) -> Held {
        storage
            .uploads
            .start("my-app", id, SystemClock.now())
            .await
            .unwrap();
        let mut held = storage
            .uploads
            .hold("my-app", id, SystemClock.now())
            .await
            .unwrap();
        held.append(&[Bytes::from_static(data)]).unwrap();
        held
    }

    #[tokio::test]
    async fn what_the_store_does_not_know_is_gone_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let storage = Storage::open(folder.path(), &store).unwrap();
        let (known, unknown) = (Digest::of(b"known"), Digest::of(b"unknown"));
        let held = upload(&storage, "1", b"known").await;
        storage.place(held, &known).await.unwrap();
        let held = upload(&storage, "2", b"unknown").await;
        storage.place(held, &unknown).await.unwrap();
        std::mem::drop(upload(&storage, "3", b"half").await);
        store
            .of("111122223333".parse().unwrap())
            .write::<_, StoreFailed>(|tx| {
                tx.put(RepositoryBlob {
                    repository: "my-app".to_owned(),
                    digest: known.to_string(),
                    size: 5,
                });
                Ok(())
            })
            .await
            .unwrap();
        // As a crash leaves it: nothing is dropped in order.
        let left = folder.path().join("registry/uploads/left-over");
        fs::write(&left, b"left").unwrap();
        let storage = Storage::open(folder.path(), &store).unwrap();
        assert!(storage.blob(&known).await.is_ok());
        assert!(storage.blob(&unknown).await.is_err());
        assert!(!left.exists());
    }

    #[tokio::test]
    async fn a_blob_stays_as_long_as_a_repository_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let storage = Storage::open(folder.path(), &store).unwrap();
        let digest = Digest::of(b"data");
        let held = upload(&storage, "1", b"data").await;
        storage.place(held, &digest).await.unwrap();
        let key = RepositoryBlob::key_of("my-app", digest.as_str());
        store
            .of("111122223333".parse().unwrap())
            .write::<_, StoreFailed>(|tx| {
                tx.put(RepositoryBlob {
                    repository: "my-app".to_owned(),
                    digest: digest.to_string(),
                    size: 4,
                });
                Ok(())
            })
            .await
            .unwrap();
        storage.remove_unheld(&store, [digest.clone()]).await;
        assert!(storage.blob(&digest).await.is_ok());
        store
            .of("111122223333".parse().unwrap())
            .write::<_, StoreFailed>(|tx| {
                tx.delete::<RepositoryBlob>(&key);
                Ok(())
            })
            .await
            .unwrap();
        storage.remove_unheld(&store, [digest.clone()]).await;
        assert!(storage.blob(&digest).await.is_err());
    }
}
