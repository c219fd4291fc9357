//! Files of the lab's folder: private, and written whole or not at all.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use crate::error::LabError;

/// Makes a folder, and those above it, that only its owner may enter.
pub(crate) fn create_folder(path: &Path) -> Result<(), LabError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| fault(path, source))
}

/// Makes an empty file that only its owner may read, unless it is there.
pub(crate) fn create_private(path: &Path) -> Result<(), LabError> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|source| fault(path, source))
}

/// Puts `bytes` at `path` in one step: a reader sees the old file or the new one, never a half.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), LabError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    attempt().map_err(|source| fault(path, source))
}

/// Reads a file, if it is there.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, LabError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(fault(path, source)),
    }
}

fn fault(path: &Path, source: io::Error) -> LabError {
    LabError::Folder {
        path: path.to_owned(),
        source,
    }
}
