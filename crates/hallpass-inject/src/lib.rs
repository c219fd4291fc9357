//! What EKS's pod identity webhook does to a pod, as a function: (pod, service account, settings) to
//! patch; and where each kind of runner keeps its identity.
//!
//! **Invariants.** The result depends on the arguments alone. A patch only adds: what the pod's author
//! wrote, fields unknown to us included, is neither moved nor rewritten.
//!
//! **Not here.** I/O, admission reviews, a client of the cluster.

mod annotations;
mod csv;
mod inject;
mod patch;
mod pod;
mod runner;
mod settings;
mod warning;

pub use inject::{Admission, Injection, LeftAlone, Outcome, SKIP_LABEL, inject};
pub use patch::{Operation, Patch, PatchError};
pub use pod::PodError;
pub use runner::{IdentityPaths, RunnerKind};
pub use settings::{ContainerCredentials, Settings};
pub use warning::Warning;
