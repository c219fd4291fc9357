//! Why a workflow or an action cannot be used.

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An `action.yml`.
    Action,
    /// A workflow.
    Workflow,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Action => "action",
            Self::Workflow => "workflow",
        })
    }
}

/// Why a workflow or an action cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum WorkflowError {
    /// It is no workflow, or no action.
    #[error("`{name}` is no {subject} that can be run: {reason}")]
    #[diagnostic(
        code("workflow/unreadable"),
        help(
            "the syntax is on https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"
        )
    )]
    Unreadable {
        /// Workflow or action.
        subject: Subject,
        /// Its file.
        name: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A job is wanted that is not there.
    #[error("the workflow has no job `{job}`; it has {known}")]
    #[diagnostic(
        code("workflow/no-such-job"),
        help("a job is named by its key below `jobs:`, not by its `name:`")
    )]
    NoSuchJob {
        /// What was asked for.
        job: String,
        /// What there is.
        known: String,
    },
    /// Jobs wait for each other.
    #[error("jobs wait for each other: {jobs}")]
    #[diagnostic(code("workflow/needs-cycle"), help("take one of the `needs:` away"))]
    Cycle {
        /// Which ones.
        jobs: String,
    },
    /// A matrix makes nothing, or too much, or not what is asked for.
    #[error("the matrix of job `{job}` cannot be used: {reason}")]
    #[diagnostic(
        code("workflow/matrix"),
        help("a matrix has lists by name, and `include` and `exclude` lists of objects")
    )]
    Matrix {
        /// The job.
        job: String,
        /// What is wrong.
        reason: String,
    },
}
