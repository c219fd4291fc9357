//! The arguments.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hallpass_runner::DockerChoice;
use hallpass_types::ServiceAccountName;

/// What is run, and as whom.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The workflow's file.
    #[arg(value_name = "WORKFLOW")]
    pub(super) workflow: PathBuf,
    /// The job, by its key; those that it needs run first [default: all jobs, in their order].
    #[arg(long)]
    pub(super) job: Option<String>,
    /// Run as a pod of the lab's cluster with this service account [default: the runner of the cluster that has the job's labels].
    #[arg(
        long = "as",
        value_name = "NAMESPACE/SERVICEACCOUNT",
        conflicts_with = "github_hosted"
    )]
    pub(super) account: Option<ServiceAccountName>,
    /// Run as GitHub's machines do: no pod, no identity but the job's own token.
    #[arg(long)]
    pub(super) github_hosted: bool,
    /// A secret; its name alone takes the value from the environment, or else from standard input.
    #[arg(long = "secret", value_name = "NAME[=VALUE]")]
    pub(super) secrets: Vec<String>,
    /// A file of secrets, in the form of GitHub's environment files: NAME=VALUE, or NAME<<END.
    #[arg(long, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// A variable of the `vars` context.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(super) variables: Vec<String>,
    /// An input of the workflow.
    #[arg(long = "input", value_name = "NAME=VALUE")]
    pub(super) inputs: Vec<String>,
    /// The combination of the matrix that runs [default: the first].
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) matrix: Vec<String>,
    /// The event [default: a push, pull request or dispatch if the workflow is for one, else its first].
    #[arg(long)]
    pub(super) event: Option<String>,
    /// A JSON file with more of the event's payload.
    #[arg(long, value_name = "FILE")]
    pub(super) event_file: Option<PathBuf>,
    /// The ref, such as refs/heads/main or refs/tags/v1 [default: what is checked out, else refs/heads/main].
    #[arg(long = "ref", value_name = "REF")]
    pub(super) git_ref: Option<String>,
    /// The deployment environment [default: the job's own].
    #[arg(long)]
    pub(super) environment: Option<String>,
    /// The repository [default: the remote `origin`, else acme/ and the folder's name].
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) repository: Option<String>,
    /// Who started the run.
    #[arg(long, default_value = "octocat")]
    pub(super) actor: String,
    /// Checkouts of actions: FOLDER/OWNER/REPO@REF, FOLDER/OWNER/REPO/REF, FOLDER/OWNER/REPO or FOLDER/REPO.
    #[arg(long, value_name = "FOLDER")]
    pub(super) actions: Option<PathBuf>,
    /// The repository's files; steps work on a copy [default: the folder above .github/workflows, else the workflow's folder].
    #[arg(long, value_name = "DIR")]
    pub(super) workspace: Option<PathBuf>,
    /// Leave the workspace empty until the job checks something out.
    #[arg(long)]
    pub(super) empty_workspace: bool,
    /// Which docker the steps find.
    #[arg(long, value_enum, default_value_t = Docker::Auto)]
    pub(super) docker: Docker,
    /// Keep the run's folder, and say where it is.
    #[arg(long)]
    pub(super) keep: bool,
}

/// Which docker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Docker {
    /// A real one if it is here and works, else the shim.
    Auto,
    /// docker with a daemon of the run's own, or podman.
    Real,
    /// hallpass itself: builds images of copied files, tags, logs in, pushes and pulls.
    Shim,
}

impl From<Docker> for DockerChoice {
    fn from(docker: Docker) -> Self {
        match docker {
            Docker::Auto => Self::Auto,
            Docker::Real => Self::Real,
            Docker::Shim => Self::Shim,
        }
    }
}
