//! The workspace on disk: where it is, and which files it holds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A workspace's root folder.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The tree rooted at `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The workspace that this crate was built in.
    pub fn of_this_workspace() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::at(package.parent().unwrap_or(package))
    }

    /// A path inside the tree.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The text of a file inside the tree.
    pub fn read(&self, relative: &str) -> Result<String> {
        let path = self.path(relative);
        fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))
    }

    /// The paths of all files under `folder` that end in `.extension`, relative to the root with `/`,
    /// in order. Build output and hidden folders are passed over; a folder that is absent is empty.
    pub fn files(&self, folder: &str, extension: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        self.walk(&self.path(folder), extension, &mut found)?;
        found.sort();
        Ok(found)
    }

    fn walk(&self, folder: &Path, extension: &str, found: &mut Vec<String>) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        let entries =
            fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "__pycache__" {
                    self.walk(&path, extension, found)?;
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                let relative = path.strip_prefix(&self.root)?;
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
        Ok(())
    }

    /// The built binary: what `HALLPASS_BIN` names, else the release build's.
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule keeps the shipped crates from reading the environment; this one is not shipped"
    )]
    pub fn binary(&self) -> Result<PathBuf> {
        let path = std::env::var_os("HALLPASS_BIN")
            .map_or_else(|| self.path("target/release/hallpass"), PathBuf::from);
        if !path.is_file() {
            bail!(
                "no binary at {}: run `cargo build --release`, or name one in HALLPASS_BIN",
                path.display()
            );
        }
        Ok(fs::canonicalize(path)?)
    }
}
