//! What came of a run, as data.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::listener::Level;

/// How a job or a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Conclusion {
    /// It was cancelled.
    Cancelled,
    /// It failed.
    Failure,
    /// It did not run.
    Skipped,
    /// It did what it should.
    Success,
}

impl Conclusion {
    /// The word that contexts have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Failure => "failure",
            Self::Skipped => "skipped",
            Self::Success => "success",
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Failure where a job failed that may not.
    pub conclusion: Conclusion,
    /// The jobs, as they ran.
    pub jobs: Vec<JobReport>,
    /// The folder that was kept, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<std::path::PathBuf>,
}

/// What came of a job.
#[derive(Clone, Debug, Serialize)]
pub struct JobReport {
    /// Its key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub conclusion: Conclusion,
    /// Who ran it.
    pub runner: String,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its steps.
    pub steps: Vec<StepReport>,
    /// What its steps have remarked.
    pub annotations: Vec<Annotation>,
}

/// What came of a step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub outcome: Conclusion,
    /// How it counts, after `continue-on-error`.
    pub conclusion: Conclusion,
    /// Whether a built-in equivalent stood in for the action.
    pub is_built_in: bool,
}

/// A remark of a step: `::error file=..::`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// How grave it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// A title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}
