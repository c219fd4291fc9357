//! Runs a workflow's jobs on this machine, each as a runner of a running lab.
//!
//! ```text
//! run --> plan (hallpass-workflow) --> a job: its runner (pod of the lab's cluster, or GitHub's machine)
//!          steps: script | local, composite, JavaScript action | built-in equivalent
//!          each a process with a scrubbed environment, its output masked and read for commands
//! docker: real, or a shim that builds and pushes by an OCI library
//! ```
//!
//! **Invariants.** A client of the lab through its public interfaces, nothing else of it. Nothing of the caller's
//! environment reaches a step but `PATH`. What a step writes is bounded before it is read. Secrets are masked
//! before a line leaves this crate.
//!
//! **Not here.** What expressions mean (`hallpass-workflow`); printing (the CLI).

mod actions;
mod builtin;
mod context;
mod docker;
mod error;
mod files;
mod folders;
mod frame;
mod github;
mod glob;
mod job;
mod lab;
mod listener;
mod log;
mod pod;
mod process;
mod report;
mod request;
mod run;
mod runner;
mod script;
mod step;
mod uses;

pub use docker::{DockerChoice, SHIM_NAME, ShimSettings, shim};
pub use error::RunError;
pub use lab::LabAccess;
pub use listener::{Level, Listener};
pub use report::{Annotation, Conclusion, JobReport, Report, StepReport};
pub use request::{Run, Who};
pub use run::run;
