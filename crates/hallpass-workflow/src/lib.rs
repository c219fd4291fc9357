//! GitHub Actions workflows: models, contexts, expressions.
//!
//! ```text
//! text --(model)--> Workflow --(plan)--> jobs in order --(matrix)--> one combination
//! "${{ .. }}" + Scope --(expression)--> value
//! a line of a step's output --(command)--> what it asks for
//! an environment file --(command_file)--> variables
//! ```
//!
//! **Invariants.** No I/O, no clock, no environment: files are arguments, hashes are a callback. Nothing here
//! panics or grows without bound, whatever a workflow says.
//!
//! **Not here.** Running anything: `hallpass-runner`.

mod action;
mod command;
mod command_file;
mod error;
mod expression;
mod mask;
mod matrix;
mod model;
mod permissions;
mod plan;
mod workflow;

pub use action::{Action, ActionInput, ActionRuns, JavaScript};
pub use command::{Command, parse_command};
pub use command_file::{CommandFileError, MAX_COMMAND_FILE, Pair, parse_pairs, parse_paths};
pub use error::{Subject, WorkflowError};
pub use expression::{
    ExpressionError, HashFiles, Scope, Status, evaluate, fill, fill_text, fill_value, holds,
    is_truthy, text_of,
};
pub use mask::Masks;
pub use matrix::{Combination, combinations};
pub use model::{
    Call, Defaults, Input, Job, Mapping, RunsOn, Secrets, Step, StepWork, Steps, Use, Work,
};
pub use permissions::Permissions;
pub use plan::{closure, order};
pub use workflow::Workflow;
