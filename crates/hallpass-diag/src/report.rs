//! The machine-readable form of an error.

use serde::Serialize;

/// What `--output json` prints for an error, on every command.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The stable code, `area/kebab-name`.
    pub code: String,
    /// What is wrong: wanted and found.
    pub message: String,
    /// What lies beneath, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
}
