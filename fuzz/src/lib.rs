//! What each fuzz target does with its input, and the laws that it holds it to.
//!
//! Targets take bytes, so that their seeds are files that people can read and write. A target of
//! several texts takes them in one, with lines of `---` between them.

mod iam;
mod inject;
mod kubernetes_objects;
mod kubernetes_wire;
mod lab;
mod oidc;
mod policies;
mod sections;
mod types;

pub use iam::{iam_decide, iam_document, iam_pattern, iam_variables};
pub use inject::inject_pod;
pub use kubernetes_objects::{kubernetes_definition, kubernetes_fields, kubernetes_patch};
pub use kubernetes_wire::{kubernetes_protobuf, kubernetes_strategic};
pub use lab::{
    lab_calls, lab_cluster, lab_kubernetes, lab_names, lab_proxy, lab_query, lab_registry,
    lab_sealed, lab_sigv4,
};
pub use oidc::{oidc_keys, oidc_token};
pub use policies::{iam_case, iam_check, iam_compare, iam_intruders, iam_tighten};
pub use types::types_names;
