//! A file that is replaced at once and whole: a reader sees the old one or the new one.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::output::Failure;

/// The file cannot be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{}` cannot be written", path.display())]
#[diagnostic(
    code("policy/not-written"),
    help("name a file in a folder that you may write to; what was there is as it was")
)]
struct NotWritten {
    path: PathBuf,
    source: io::Error,
}

/// Replaces the file's content.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    written(path, text).map_err(|source| {
        Failure::usage(NotWritten {
            path: path.to_owned(),
            source,
        })
    })
}

fn written(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    // A policy is no secret, and others commit it.
    file.as_file()
        .set_permissions(Permissions::from_mode(MODE))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

const MODE: u32 = 0o644;
