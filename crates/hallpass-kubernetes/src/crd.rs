//! CustomResourceDefinitions: read, held to the rules of `apiextensions.k8s.io/v1`, made schemas.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions" and
//! "Versions in CustomResourceDefinitions"; API reference, "CustomResourceDefinition v1". The
//! messages are those of the API server.

mod column;
mod defaults;
mod definition;
mod faults;
mod junctors;
mod lists;
mod names;
mod path;
mod structural;
mod versions;

pub use column::{Column, JsonPath, JsonPathError};
pub use defaults::{establish, set_defaults};
pub use definition::{CustomResource, Names, Scale, Version};
