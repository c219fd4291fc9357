//! What is run: jobs and steps in one form, as texts that are still to be filled in.
//!
//! The forms in which GitHub lets the same be written (`needs: a` or `needs: [a]`, a number where a text is
//! meant) are gone: the models of the crate github-actions-models have read them.

use serde_json::Value;

use crate::permissions::Permissions;

/// Names with texts to fill in, or one expression that makes all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// In their order.
    Entries(Vec<(String, String)>),
    /// `${{ fromJSON(..) }}`.
    Expression(String),
}

impl Default for Mapping {
    fn default() -> Self {
        Self::Entries(Vec::new())
    }
}

/// `defaults.run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The shell.
    pub shell: Option<String>,
    /// The folder, relative to the workspace.
    pub working_directory: Option<String>,
}

/// An input of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// `boolean`, `number`, `string`, `choice` or `environment`.
    pub kind: String,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it is unless it is given.
    pub default: Option<Value>,
    /// What a choice is among.
    pub options: Vec<String>,
}

/// Where a job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunsOn {
    /// An expression for the labels.
    Expression(String),
    /// Labels, each to be filled in.
    Labels(Vec<String>),
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its key.
    pub id: String,
    /// Its name, to be filled in.
    pub name: Option<String>,
    /// The jobs that come first.
    pub needs: Vec<String>,
    /// `if:`.
    pub condition: Option<String>,
    /// What its token may do, where the job says.
    pub permissions: Option<Permissions>,
    /// `strategy.matrix`, texts to be filled in.
    pub matrix: Option<Value>,
    /// What it does.
    pub work: Work,
}

/// What a job does.
#[derive(Clone, Debug)]
pub enum Work {
    /// It calls another workflow.
    Call(Box<Call>),
    /// It runs steps.
    Steps(Box<Steps>),
}

/// A job of steps.
#[derive(Clone, Debug)]
pub struct Steps {
    /// Where it runs.
    pub runs_on: RunsOn,
    /// The deployment environment, to be filled in.
    pub environment: Option<String>,
    /// The variables of all its steps.
    pub env: Mapping,
    /// The defaults of its `run` steps.
    pub defaults: Defaults,
    /// The steps.
    pub steps: Vec<Step>,
    /// What other jobs see of it.
    pub outputs: Vec<(String, String)>,
    /// After how many minutes it is stopped, to be filled in.
    pub timeout: Option<String>,
    /// Whether its failure is none of the run's, to be filled in.
    pub continue_on_error: String,
    /// Whether it asks for `container:` or `services:`.
    pub has_containers: bool,
}

/// A job that calls a workflow.
#[derive(Clone, Debug)]
pub struct Call {
    /// The workflow.
    pub uses: String,
    /// Its inputs.
    pub with: Mapping,
    /// Its secrets.
    pub secrets: Secrets,
}

/// What a called workflow gets of the caller's secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// All of them.
    Inherit,
    /// These, to be filled in.
    Named(Vec<(String, String)>),
}

/// A step of a job or of a composite action.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its `id:`.
    pub id: Option<String>,
    /// Its name, to be filled in.
    pub name: Option<String>,
    /// `if:`.
    pub condition: Option<String>,
    /// Its variables.
    pub env: Mapping,
    /// Whether its failure is none of the job's, to be filled in.
    pub continue_on_error: String,
    /// After how many minutes it is stopped, to be filled in.
    pub timeout: Option<String>,
    /// What it does.
    pub work: StepWork,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepWork {
    /// A script.
    Run {
        /// The script, to be filled in.
        script: String,
        /// The shell.
        shell: Option<String>,
        /// The folder.
        working_directory: Option<String>,
    },
    /// An action.
    Uses {
        /// Which one.
        uses: Use,
        /// Its inputs.
        with: Mapping,
    },
}

/// What `uses:` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// An image: `docker://..`.
    Docker(String),
    /// A folder of the workspace: `./path`.
    Local(String),
    /// A folder of a repository.
    Repository {
        /// The owner.
        owner: String,
        /// The repository.
        repository: String,
        /// The folder within it.
        path: Option<String>,
        /// The branch, tag or commit.
        reference: String,
    },
}

impl std::fmt::Display for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Docker(image) => write!(f, "docker://{image}"),
            Self::Local(path) => f.write_str(path),
            Self::Repository {
                owner,
                repository,
                path,
                reference,
            } => {
                write!(f, "{owner}/{repository}")?;
                if let Some(path) = path {
                    write!(f, "/{path}")?;
                }
                write!(f, "@{reference}")
            }
        }
    }
}
