//! Making and changing objects: read, admit, write; again where the object has changed meanwhile.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (updates to existing resources,
//! generated names, dry run), "Server-Side Apply"; k8s.io/apiserver's `pkg/endpoints/handlers`.

mod commit;
mod create;
mod update;

pub(super) use commit::Unchanged;
pub(super) use update::Written;
