//! What is done to a value by its schema: unknown fields told or pruned, defaults set, validation.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions"
//! (field pruning, validation, defaulting, nullable); API concepts, "Field validation".

mod checks;
mod decode;
mod defaults;
mod duplicates;
mod formats;
mod pattern;
mod prune;
mod unknown;
mod validate;

pub(crate) use checks::{CheckBuilder, Rules};
pub use decode::{decode_error, strict_decode_error};
pub use defaults::set_defaults;
pub use duplicates::duplicate_fields;
pub(crate) use formats::is_known as is_known_format;
pub use prune::prune;
pub use unknown::unknown_fields;
pub(crate) use validate::type_of;
pub use validate::validate;
