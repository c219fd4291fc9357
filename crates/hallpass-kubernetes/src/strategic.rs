//! Strategic merge patch: a merge patch that knows how lists are merged.
//!
//! Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch"; Kubernetes
//! community, "Strategic Merge Patch" (directives).

mod error;
mod list;
mod object;
mod order;

pub use error::{StrategicError, StrategicFault};
pub use object::apply;
