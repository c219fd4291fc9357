//! Which docker a run uses.
//!
//! A real one must reach the lab's registry under ECR's own host names. podman is told by the environment of the
//! step; docker's daemon is a process of its own, so one is started for the run, with the lab's proxy and
//! authority in its environment, where that can be done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::settings::{SHIM_NAME, STORE};
use crate::error::RunError;
use crate::folders::{self, Folders};
use crate::listener::Listener;
use crate::request::Run;
use crate::script::find;

/// Which docker is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DockerChoice {
    /// A real one if it is here and works; else the shim.
    Auto,
    /// A real one.
    Real,
    /// The shim.
    Shim,
}

/// The docker of a run.
#[derive(Debug)]
pub(crate) struct Docker {
    kind: Kind,
    folder: PathBuf,
}

#[derive(Debug)]
enum Kind {
    /// docker, with a daemon of the run's own.
    Daemon(Box<tokio::sync::Mutex<Child>>),
    /// podman, under docker's name.
    Podman(PathBuf),
    /// hallpass itself, under docker's name.
    Shim(PathBuf),
}

impl Docker {
    /// Settles which docker it is, and starts what it needs.
    pub(crate) async fn choose(
        run: &Run,
        folder: &Path,
        listener: &mut dyn Listener,
    ) -> Result<Self, RunError> {
        let folder = folder.join("docker");
        folders::make(&folder)?;
        if run.docker != DockerChoice::Shim {
            match real(run, &folder).await {
                Ok(kind) => return Ok(Self { kind, folder }),
                Err(reason) if run.docker == DockerChoice::Real => {
                    return Err(RunError::Docker { reason });
                }
                Err(reason) => listener.note(&format!(
                    "docker is a shim of hallpass: it builds images of copied files, tags, logs in, pushes and pulls ({reason})"
                )),
            }
        }
        Ok(Self {
            kind: Kind::Shim(run.program.clone()),
            folder,
        })
    }

    /// What the steps' environment holds for it.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let folder = self.folder.to_string_lossy().into_owned();
        match &self.kind {
            Kind::Daemon(_) => [
                ("DOCKER_HOST", format!("unix://{folder}/docker.sock")),
                // The daemon's own builder needs nothing that is fetched.
                ("DOCKER_BUILDKIT", "0".to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
            Kind::Podman(_) => BTreeMap::new(),
            Kind::Shim(_) => BTreeMap::from([(STORE.to_owned(), folder)]),
        }
    }

    /// Puts it first in a job's search path.
    pub(crate) fn install(&self, folders: &Folders) -> Result<(), RunError> {
        let target = match &self.kind {
            Kind::Daemon(_) => return Ok(()),
            Kind::Podman(program) | Kind::Shim(program) => program,
        };
        let link = folders.programs.join(SHIM_NAME);
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(target, &link)
            .map_err(|source| RunError::File { path: link, source })
    }

    /// Ends what was started.
    pub(crate) async fn stop(&self) {
        if let Kind::Daemon(child) = &self.kind {
            end(&mut *child.lock().await).await;
        }
    }
}

async fn end(child: &mut Child) {
    if let Some(id) = child.id() {
        // Its containers' processes end with it if it is asked kindly.
        let _ = Command::new("/bin/sh")
            .args(["-c", "kill -s TERM \"$0\"", &id.to_string()])
            .stderr(Stdio::null())
            .status()
            .await;
        if tokio::time::timeout(PATIENCE, child.wait()).await.is_ok() {
            return;
        }
    }
    let _ = child.kill().await;
}

/// A real docker, or why there is none.
async fn real(run: &Run, folder: &Path) -> Result<Kind, String> {
    let client = find("docker", &run.path);
    let daemon = find("dockerd", &run.path);
    let why = match (&client, &daemon) {
        (Some(client), Some(daemon)) => match start(run, client, daemon, folder).await {
            Ok(child) => return Ok(Kind::Daemon(Box::new(tokio::sync::Mutex::new(child)))),
            Err(reason) => reason,
        },
        (Some(_), None) => {
            "docker's client is here, and no dockerd of which the run could start its own"
                .to_owned()
        }
        (None, _) => "there is no docker here".to_owned(),
    };
    match find("podman", &run.path) {
        Some(podman) => Ok(Kind::Podman(podman)),
        None => Err(format!("{why}; there is no podman either")),
    }
}

/// Starts a daemon that knows the lab's proxy and trusts its authority, with everything in the run's folder.
async fn start(run: &Run, client: &Path, daemon: &Path, folder: &Path) -> Result<Child, String> {
    let shown = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let log =
        std::fs::File::create(folder.join("dockerd.log")).map_err(|error| error.to_string())?;
    let host = format!("unix://{}", shown("docker.sock"));
    let proxy = format!("http://{}", run.lab.proxy);
    let mut child = Command::new(daemon)
        .args([
            "--host",
            &host,
            "--data-root",
            &shown("data"),
            "--exec-root",
            &shown("exec"),
        ])
        .args(["--pidfile", &shown("docker.pid"), "--storage-driver=vfs"])
        .args(["--iptables=false", "--ip6tables=false", "--bridge=none"])
        .env_clear()
        .env("PATH", &run.path)
        .env("HOME", folder)
        .env("HTTPS_PROXY", proxy)
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("SSL_CERT_FILE", &run.lab.ca_file)
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(|error| error.to_string())?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("dockerd could not be started: {error}"))?;
    for _ in 0..ATTEMPTS {
        tokio::time::sleep(PAUSE).await;
        if let Ok(Some(status)) = child.try_wait() {
            let log = std::fs::read_to_string(folder.join("dockerd.log")).unwrap_or_default();
            let last = log.lines().last().unwrap_or("it said nothing");
            let last: String = last.chars().take(200).collect();
            return Err(format!("dockerd ended with {status}: {last}"));
        }
        let answers = Command::new(client)
            .args(["--host", &host, "version"])
            .env_clear()
            .env("PATH", &run.path)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .is_ok_and(|status| status.success());
        if answers {
            return Ok(child);
        }
    }
    end(&mut child).await;
    Err("dockerd did not answer in time".to_owned())
}

const PAUSE: Duration = Duration::from_millis(200);
const ATTEMPTS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(10);
