//! Who hears of a run while it goes on. All texts are masked before they come here.

use serde::Serialize;

use crate::report::{Annotation, Conclusion};

/// How grave a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Shown when debugging.
    Debug,
    /// What failed.
    Error,
    /// Good to know.
    Notice,
    /// What may be wrong.
    Warning,
}

/// Who hears of a run.
pub trait Listener: Send {
    /// A job begins; `runner` says as whom.
    fn job_begins(&mut self, name: &str, runner: &str);
    /// A job has ended.
    fn job_ends(&mut self, name: &str, conclusion: Conclusion);
    /// A step begins.
    fn step_begins(&mut self, name: &str);
    /// A line of the step's output.
    fn line(&mut self, line: &str);
    /// A remark of the step.
    fn annotation(&mut self, annotation: &Annotation);
    /// A group of lines begins.
    fn group_begins(&mut self, title: &str);
    /// The group has ended.
    fn group_ends(&mut self);
    /// A step has ended, or was skipped.
    fn step_ends(&mut self, name: &str, outcome: Conclusion, conclusion: Conclusion);
    /// Something of ours to know: what stands in for what, what differs from GitHub.
    fn note(&mut self, note: &str);
}
