//! What the cluster serves: the built-in resources, and those of custom resource definitions.
//!
//! Source: Kubernetes documentation, "The Kubernetes API", "Custom Resources".

mod built_in;
mod definition;
mod registry;

pub(super) use built_in::{built_in, is_own_group};
pub(super) use registry::{DEFINITIONS, Origin, Registry, RegistryCache, Resource};
