//! What is to be run, and as whom.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hallpass_types::{Secret, ServiceAccountName};

use crate::docker::DockerChoice;
use crate::lab::LabAccess;

/// Whose machine a job runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// What the job's `runs-on` asks for: a runner of the lab's cluster that has the labels, or GitHub's machine.
    ByLabels,
    /// GitHub's machine.
    GithubHosted,
    /// A pod with this service account.
    ServiceAccount(ServiceAccountName),
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The workflow's file.
    pub workflow: PathBuf,
    /// The repository's files.
    pub source: PathBuf,
    /// The job; all jobs without one.
    pub job: Option<String>,
    /// As whom.
    pub who: Who,
    /// The secrets.
    pub secrets: BTreeMap<String, Secret<String>>,
    /// The variables.
    pub variables: BTreeMap<String, String>,
    /// The workflow's inputs.
    pub inputs: BTreeMap<String, String>,
    /// Which combination of the matrix.
    pub matrix: BTreeMap<String, String>,
    /// The event.
    pub event: String,
    /// The event's payload, added to what is made up.
    pub payload: Option<serde_json::Value>,
    /// The ref, whole; else the repository's own.
    pub git_ref: Option<String>,
    /// The deployment environment; else the job's own.
    pub environment: Option<String>,
    /// `OWNER/NAME`; else the repository's own.
    pub repository: Option<String>,
    /// Who started the run.
    pub actor: String,
    /// Where checkouts of actions are.
    pub actions: Option<PathBuf>,
    /// Which docker.
    pub docker: DockerChoice,
    /// Whether the workspace starts empty although the job checks nothing out.
    pub starts_empty: bool,
    /// Whether the folders stay.
    pub keep: bool,
    /// Where programs are looked for.
    pub path: String,
    /// The program that is `docker` by another name.
    pub program: PathBuf,
    /// The lab.
    pub lab: LabAccess,
}
