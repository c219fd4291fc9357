//! The files of a workspace: walking, hashing, copying; all bounded.

use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use hallpass_workflow::HashFiles;

use crate::glob;

/// `hashFiles` over a workspace.
#[derive(Debug)]
pub(crate) struct Workspace<'a>(pub(crate) &'a Path);

impl HashFiles for Workspace<'_> {
    /// The SHA-256 of the files' SHA-256, in the order of their paths, as GitHub's runner takes it.
    fn hash_files(&self, patterns: &[String]) -> Result<String, String> {
        let fault = |error: io::Error| format!("hashFiles: {error}");
        let files = walk(self.0).map_err(fault)?;
        let mut whole = Context::new(&SHA256);
        let mut has_any = false;
        for file in files {
            let Some(name) = file.strip_prefix(self.0).ok().and_then(Path::to_str) else {
                continue;
            };
            if !is_chosen(patterns, name) {
                continue;
            }
            has_any = true;
            let mut one = Context::new(&SHA256);
            let mut reader = std::fs::File::open(&file).map_err(fault)?;
            let mut buffer = vec![0; 64 << 10];
            loop {
                let read = io::Read::read(&mut reader, &mut buffer).map_err(fault)?;
                if read == 0 {
                    break;
                }
                one.update(buffer.get(..read).unwrap_or_default());
            }
            whole.update(one.finish().as_ref());
        }
        Ok(if has_any {
            hex::encode(whole.finish())
        } else {
            String::new()
        })
    }
}

/// The last pattern that matches decides; `!` takes away.
fn is_chosen(patterns: &[String], name: &str) -> bool {
    let mut is = false;
    for pattern in patterns
        .iter()
        .flat_map(|pattern| pattern.lines())
        .map(str::trim)
    {
        match pattern.strip_prefix('!') {
            Some(pattern) if glob::matches(pattern, name) => is = false,
            None if glob::matches(pattern, name) => is = true,
            _ => {}
        }
    }
    is
}

/// All files below a folder, in the order of their paths; links are not followed.
pub(crate) fn walk(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                files.push(entry.path());
            }
            if files.len() + open.len() > MAX_FILES {
                return Err(io::Error::other(format!(
                    "there are more than {MAX_FILES} files"
                )));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies a repository's files: what git knows and does not ignore, with its history; without git, all.
pub(crate) fn copy_repository(from: &Path, to: &Path) -> io::Result<usize> {
    let mut files = match tracked(from) {
        Some(files) => files,
        None => walk(from)?,
    };
    let history = from.join(".git");
    if history.is_dir() {
        files.extend(walk(&history)?);
    }
    files.sort();
    files.dedup();
    let mut bytes = 0;
    let mut count = 0;
    for file in &files {
        let Ok(name) = file.strip_prefix(from) else {
            continue;
        };
        bytes += copy(file, &to.join(name))?;
        count += 1;
        if bytes > MAX_BYTES {
            return Err(io::Error::other(format!(
                "`{}` holds more than {} MiB",
                from.display(),
                MAX_BYTES >> 20
            )));
        }
    }
    Ok(count)
}

fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    // A file that git knows may be gone.
    let Ok(metadata) = from.symlink_metadata() else {
        return Ok(0);
    };
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if metadata.is_symlink() {
        let target = std::fs::read_link(from)?;
        let _ = std::fs::remove_file(to);
        std::os::unix::fs::symlink(target, to)?;
        return Ok(0);
    }
    if metadata.is_file() {
        // What git keeps read-only is replaced, not written to.
        let _ = std::fs::remove_file(to);
        return std::fs::copy(from, to);
    }
    Ok(0)
}

/// What git lists: known or untracked, not ignored.
fn tracked(folder: &Path) -> Option<Vec<PathBuf>> {
    if !folder.join(".git").exists() {
        return None;
    }
    let listed = git(
        folder,
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    )?;
    Some(
        listed
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(|name| folder.join(name))
            .collect(),
    )
}

/// What git says in a repository, if it says anything.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("git")
        .args(["-c", "safe.directory=*"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .ok()?;
    (output.status.success() && output.stdout.len() < 64 << 20)
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

const MAX_FILES: usize = 200_000;
const MAX_BYTES: u64 = 2 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_the_runner_does() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("d")).unwrap();
        std::fs::write(folder.path().join("d/b.txt"), "b").unwrap();
        std::fs::write(folder.path().join("a.txt"), "a").unwrap();
        let hash = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|one| (*one).to_owned()).collect();
            Workspace(folder.path()).hash_files(&patterns).unwrap()
        };
        // printf a | sha256sum | xxd -r -p | sha256sum
        assert_eq!(
            hash(&["*.txt"]),
            "bf5d3affb73efd2ec6c36ad3112dd933efed63c4e1cbffcfa88e2759c144f2d8"
        );
        assert_ne!(hash(&["**/*.txt"]), hash(&["*.txt"]));
        assert_eq!(hash(&["**/*.txt", "!d/**"]), hash(&["*.txt"]));
        assert_eq!(hash(&["*.md"]), "");
    }
}
