//! The lab's parsers and doors, opened to the fuzz targets of `fuzz/` and to nobody else.

mod doors;
mod request;
mod sealed;

pub use crate::aws::fuzzing::{query, sigv4};
pub use crate::captive::fuzzing::proxy;
pub use crate::cluster::fuzzing::kubernetes;
pub use crate::registry::fuzzing::names;
pub use doors::{calls, cluster, registry};
pub(crate) use request::{now, request};
pub use sealed::sealed;

#[cfg(test)]
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[cfg(test)]
mod tests;
