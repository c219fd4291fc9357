//! Who builds and pushes the image: the built-in client, or a program of this machine.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;

use super::error::DemoError;
use super::example::Example;
use super::image::{self, Image};
use super::registry::{self, Login};
use crate::environment;

/// A container client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContainerClient {
    /// The first of docker, podman and buildah that is here and works; else the built-in one.
    Auto,
    /// buildah.
    Buildah,
    /// An OCI client that is part of hallpass: needs nothing on this machine.
    BuiltIn,
    /// docker.
    Docker,
    /// podman.
    Podman,
}

/// What was built.
#[derive(Debug)]
pub(crate) enum Built {
    /// An image in memory.
    Image(Image),
    /// A tag in the program's own storage.
    Tag(String),
}

impl Built {
    /// What to say of it.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Image(image) => {
                let bytes: usize = image.layers.iter().map(|layer| layer.data.len()).sum();
                format!("{} layer, {bytes} bytes", image.layers.len())
            }
            Self::Tag(tag) => tag.clone(),
        }
    }
}

impl ContainerClient {
    /// Settles `auto`.
    pub(crate) fn choose(self) -> Self {
        if self != Self::Auto {
            return self;
        }
        let is_here = |client: &Self| {
            environment::program_folders()
                .iter()
                .any(|folder| folder.join(client.to_string()).is_file())
        };
        // Docker's client is often there without an engine to talk to.
        let has_engine =
            |client: &Self| *client != Self::Docker || client.execute(&["info"], None).is_ok();
        [Self::Docker, Self::Podman, Self::Buildah]
            .into_iter()
            .filter(is_here)
            .find(has_engine)
            .unwrap_or(Self::BuiltIn)
    }

    /// Builds the example's image.
    pub(crate) fn build(self, example: &Example, scratch: &Path) -> Result<Built, DemoError> {
        if matches!(self, Self::Auto | Self::BuiltIn) {
            return image::build(example).map(Built::Image);
        }
        let folder = super::command::shown(&example.build_folder(scratch)?);
        self.execute(&["build", "--tag", LOCAL_TAG, &folder], None)?;
        Ok(Built::Tag(LOCAL_TAG.to_owned()))
    }

    /// Pushes what was built.
    pub(crate) async fn push(
        self,
        lab_folder: &Path,
        login: &Login,
        built: &Built,
        repository: &str,
        tag: &str,
    ) -> Result<(), DemoError> {
        let local = match built {
            Built::Image(image) => {
                return registry::push(login, image.clone(), repository, tag).await;
            }
            Built::Tag(tag) => tag,
        };
        let target = format!("{}/{repository}:{tag}", login.registry);
        // The login stays in the lab's folder: the user's own configuration is none of ours.
        let config = super::command::shown(&lab_folder.join("container-client"));
        if self == Self::Docker {
            let arguments = [
                "--config",
                &config,
                "login",
                "--username",
                "AWS",
                "--password-stdin",
                &login.registry,
            ];
            self.execute(&arguments, Some(login.password.expose()))?;
            self.execute(&["tag", local, &target], None)?;
            return self.execute(&["--config", &config, "push", &target], None);
        }
        let authfile = format!("--authfile={config}.json");
        let arguments = [
            "login",
            "--tls-verify=false",
            &authfile,
            "--username",
            "AWS",
            "--password-stdin",
            &login.registry,
        ];
        self.execute(&arguments, Some(login.password.expose()))?;
        let push = ["push", "--tls-verify=false", &authfile, local, &target];
        self.execute(&push, None)
    }

    /// Runs the program; a secret goes in on standard input, never in an argument.
    fn execute(self, arguments: &[&str], input: Option<&str>) -> Result<(), DemoError> {
        let fault = |reason: String| DemoError::Client {
            command: format!("{self} {}", arguments.join(" ")),
            reason,
        };
        let mut child = Command::new(self.to_string())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| fault(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(input.unwrap_or_default().as_bytes())
                .map_err(|error| fault(error.to_string()))?;
        }
        let output = child
            .wait_with_output()
            .map_err(|error| fault(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it said nothing");
        Err(fault(last.to_owned()))
    }
}

impl fmt::Display for ContainerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto | Self::BuiltIn => "the built-in client",
            Self::Buildah => "buildah",
            Self::Docker => "docker",
            Self::Podman => "podman",
        })
    }
}

const LOCAL_TAG: &str = "my-app:hallpass-demo";
