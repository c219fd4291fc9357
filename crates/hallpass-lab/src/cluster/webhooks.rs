//! Admission webhooks: other servers, asked whether an object may be stored, and what to change of it.
//!
//! They are called over HTTPS, on loopback only. A webhook that names a service of the cluster finds no
//! endpoints, because the lab has no service network; its failure policy decides.
//!
//! Source: Kubernetes documentation, "Dynamic Admission Control"; the words are those of
//! k8s.io/apiserver's `pkg/admission/plugin/webhook`.

mod call;
mod configuration;
mod faults;
mod matching;
mod outcome;
mod review;
mod run;

pub(super) use configuration::complete;
pub(super) use faults::faults;
pub(super) use run::{mutate, validate};
