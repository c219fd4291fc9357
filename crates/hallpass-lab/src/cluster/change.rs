//! Changes of the cluster's objects, inside one transaction of the store.
//!
//! What controllers of a real cluster do a moment later (collecting dependents, emptying a namespace,
//! giving it its account) is done in the same transaction here: whoever looks sees it done.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource versions), "Garbage
//! Collection", "Finalizers", "Namespaces".

mod collect;
mod definitions;
mod delete;
mod namespace;
mod store;
mod tasks;
mod touched;

pub(super) use delete::{Deletion, Propagation};
pub(super) use namespace::{DEFAULT_ACCOUNT, PROTECTED};
pub(super) use store::{Change, Place, Scene, latest_version, set};
pub(super) use touched::Touched;
