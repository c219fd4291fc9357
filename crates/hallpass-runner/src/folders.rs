//! The folders of a job: all private, all temporary.

use std::path::{Path, PathBuf};

use crate::error::RunError;

/// The folders of a run, and of its jobs.
#[derive(Debug)]
pub(crate) struct Folders {
    /// `GITHUB_WORKSPACE`.
    pub(crate) workspace: PathBuf,
    /// `RUNNER_WORKSPACE`.
    pub(crate) runner_workspace: PathBuf,
    /// `RUNNER_TEMP`.
    pub(crate) temp: PathBuf,
    /// `RUNNER_TOOL_CACHE`.
    pub(crate) tools: PathBuf,
    /// `HOME`.
    pub(crate) home: PathBuf,
    /// First in `PATH`.
    pub(crate) programs: PathBuf,
    /// The environment files.
    pub(crate) commands: PathBuf,
    /// `DOCKER_CONFIG`.
    pub(crate) docker: PathBuf,
}

impl Folders {
    /// The folders of a job in the run's folder.
    pub(crate) fn create(run: &Path, job: &str, repository: &str) -> Result<Self, RunError> {
        let name = repository.rsplit('/').next().unwrap_or("repository");
        let root = run.join(job);
        let runner_workspace = root.join("_work").join(name);
        let folders = Self {
            workspace: runner_workspace.join(name),
            runner_workspace,
            temp: root.join("_work/_temp"),
            tools: root.join("_work/_tool"),
            home: root.join("home"),
            programs: root.join("programs"),
            commands: root.join("_work/_temp/_runner_file_commands"),
            docker: root.join("docker"),
        };
        for folder in [
            &folders.workspace,
            &folders.temp,
            &folders.tools,
            &folders.home,
            &folders.programs,
            &folders.commands,
            &folders.docker,
        ] {
            make(folder)?;
        }
        Ok(folders)
    }
}

pub(crate) fn make(folder: &Path) -> Result<(), RunError> {
    std::fs::create_dir_all(folder).map_err(|source| RunError::File {
        path: folder.to_owned(),
        source,
    })
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    std::fs::write(path, bytes).map_err(|source| RunError::File {
        path: path.to_owned(),
        source,
    })
}

/// Reads a file that someone else wrote; no more than `limit` bytes of it.
pub(crate) fn read(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(limit)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
