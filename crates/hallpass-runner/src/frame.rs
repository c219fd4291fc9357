//! What a list of steps shares: the job's own, or that of a composite action.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hallpass_workflow::Status;
use serde_json::{Map, Value, json};

use crate::report::Conclusion;

/// What a list of steps shares.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Tells the steps of one list from those of another.
    pub(crate) key: String,
    /// The `steps` context.
    pub(crate) steps: Map<String, Value>,
    /// The `inputs` context of a composite action; the job's are the workflow's.
    pub(crate) inputs: Option<Map<String, Value>>,
    /// Where the composite action is.
    pub(crate) action: Option<ActionPlace>,
    /// The variables of the step that uses the action.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) status: Status,
    pub(crate) depth: usize,
}

/// Where an action is, and what it was asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActionPlace {
    pub(crate) folder: PathBuf,
    pub(crate) repository: String,
    pub(crate) reference: String,
}

impl Frame {
    /// The job's.
    pub(crate) fn of_job() -> Self {
        Self {
            key: String::new(),
            steps: Map::new(),
            inputs: None,
            action: None,
            env: BTreeMap::new(),
            status: Status::Success,
            depth: 0,
        }
    }

    /// A step has ended.
    pub(crate) fn end_step(
        &mut self,
        id: Option<&str>,
        outputs: &[(String, String)],
        outcome: Conclusion,
        conclusion: Conclusion,
    ) {
        match conclusion {
            Conclusion::Failure if self.status == Status::Success => self.status = Status::Failure,
            Conclusion::Cancelled => self.status = Status::Cancelled,
            Conclusion::Failure | Conclusion::Skipped | Conclusion::Success => {}
        }
        let Some(id) = id else { return };
        let outputs: Map<String, Value> = outputs
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect();
        self.steps.insert(
            id.to_owned(),
            json!({
                "outputs": outputs,
                "outcome": outcome.as_str(),
                "conclusion": conclusion.as_str(),
            }),
        );
    }
}
