//! The types of the API server's own kinds, by their names in OpenAPI.
//!
//! Source: `data/kinds.txt`, whose head tells where it comes from (`docs/kubernetes-schemas.md`).

mod kind;
mod normal;
mod packed;
mod quantity;
mod shape;

pub use kind::{Kind, definition, kinds, schema_of};
pub use normal::normalize;
pub(crate) use packed::{Field, Form, Type, Value, find};
