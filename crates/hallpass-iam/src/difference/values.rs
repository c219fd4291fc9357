//! What a condition key may be: a value for each class that the documents' conditions tell apart.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs.
//! multivalued context keys".

mod orders;
mod pool;
mod ranges;
mod sets;
mod texts;
mod value;

pub(super) use pool::Pool;
pub(super) use texts::substituted;
pub(super) use value::{Mention, Value, of_key};
