//! What an expression is evaluated in: the contexts, the state of the job, and the files.

use serde_json::{Map, Value};

/// Hashes the files that patterns match, as `hashFiles` wants it; an error says why not.
pub trait HashFiles {
    /// The hash, or an empty text where no file matches.
    fn hash_files(&self, patterns: &[String]) -> Result<String, String>;
}

/// How things stand, for `success()`, `failure()` and `cancelled()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The run was cancelled.
    Cancelled,
    /// A step, or a job that this one needs, has failed.
    Failure,
    /// A job that this one needs was skipped: neither `success()` nor `failure()` holds.
    Skipped,
    /// Nothing has failed so far.
    Success,
}

/// What an expression is evaluated in.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The contexts that are there, by name: `github`, `env`, `steps`.
    pub contexts: &'a Map<String, Value>,
    /// How things stand.
    pub status: Status,
    /// The files of the workspace; none where the workspace is not there yet.
    pub files: Option<&'a dyn HashFiles>,
}

impl std::fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The values may be secrets.
        f.debug_struct("Scope")
            .field("contexts", &self.contexts.keys().collect::<Vec<_>>())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("the expression `{expression}` cannot be evaluated: {reason}")]
#[diagnostic(
    code("workflow/expression"),
    help(
        "literals take single quotes, and the contexts are github, env, vars, secrets, job, steps, runner, matrix, strategy, needs and inputs"
    )
)]
pub struct ExpressionError {
    /// The expression, without its braces.
    pub expression: String,
    /// What is wrong.
    pub reason: String,
}

impl ExpressionError {
    pub(crate) fn new(expression: &str, reason: impl Into<String>) -> Self {
        let mut expression = expression.to_owned();
        if expression.len() > SHOWN {
            let end = (0..=SHOWN)
                .rev()
                .find(|at| expression.is_char_boundary(*at));
            expression.truncate(end.unwrap_or_default());
            expression.push_str("..");
        }
        Self {
            expression,
            reason: reason.into(),
        }
    }
}

const SHOWN: usize = 200;
