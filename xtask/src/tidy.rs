//! The rules of the tree that neither the compiler nor clippy can hold.
//!
//! Each family of rules is a pure function over texts and tables, so that its tests can show it a
//! broken fixture; [`check`] feeds them this workspace.

mod check;
mod codes;
mod floors;
mod manifests;
mod sources;

pub use check::check;
pub use codes::{CodePage, CodeUse, code_pages, codes_in, first_sentence};
pub use floors::{Dependency, Edges, Kind, Package, floors, reaches};
pub use manifests::manifest;
pub use sources::source;
