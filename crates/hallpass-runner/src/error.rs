//! Why a run cannot be made. A step that fails is no error: it is what came of the run.

use std::path::PathBuf;

use hallpass_workflow::{ExpressionError, WorkflowError};

/// Why a run cannot be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum RunError {
    /// The workflow cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Workflow(#[from] WorkflowError),
    /// An expression outside of the steps cannot be evaluated.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Expression(#[from] ExpressionError),
    /// A file cannot be read or written.
    #[error("`{}` cannot be used", path.display())]
    #[diagnostic(
        code("run/file"),
        help("the file must be there and readable, and the folder for temporary files writable")
    )]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The lab does not do what is asked of it.
    #[error("the lab gave no {what}: {reason}")]
    #[diagnostic(
        code("run/lab"),
        help("`hallpass lab status` shows whether the lab runs and what it holds")
    )]
    Lab {
        /// What was wanted.
        what: String,
        /// What it said.
        reason: String,
    },
    /// No runner has the job's labels.
    #[error("no runner of the lab's cluster has the labels of job `{job}`: {labels}")]
    #[diagnostic(
        code("run/no-runner"),
        help(
            "apply a RunnerDeployment with these labels to the lab's cluster, or say who runs the job with `--as NAMESPACE/SERVICEACCOUNT` or `--github-hosted`"
        )
    )]
    NoRunner {
        /// The job.
        job: String,
        /// What it asks for.
        labels: String,
    },
    /// The inputs are not what the workflow takes.
    #[error("the workflow's inputs do not fit: {reason}")]
    #[diagnostic(code("run/input"), help("give each one with `--input NAME=VALUE`"))]
    Input {
        /// What is wrong.
        reason: String,
    },
    /// Docker is wanted and not there.
    #[error("docker cannot be used: {reason}")]
    #[diagnostic(
        code("run/docker"),
        help(
            "`--docker shim` needs no docker; a real one is docker with its daemon, which the super-user can start, or podman"
        )
    )]
    Docker {
        /// Why not.
        reason: String,
    },
    /// The repository's name or ref is none.
    #[error("{what} `{value}` cannot be used: it is {wanted}")]
    #[diagnostic(
        code("run/setting"),
        help("a repository is `OWNER/NAME`, a ref `refs/heads/BRANCH` or `refs/tags/TAG`")
    )]
    Setting {
        /// Which setting.
        what: &'static str,
        /// What was given.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl RunError {
    /// Whether the input is at fault, and not the lab or the machine.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Workflow(_)
            | Self::Expression(_)
            | Self::NoRunner { .. }
            | Self::Input { .. }
            | Self::Setting { .. } => true,
            Self::File { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
            Self::Lab { .. } | Self::Docker { .. } => false,
        }
    }
}
