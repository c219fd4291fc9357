//! Expressions: `${{ .. }}`, parsed by the crate github-actions-expressions, evaluated here.
//!
//! Facts: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>.

mod evaluate;
mod function;
mod index;
mod scope;
mod template;
mod value;

pub use evaluate::evaluate;
pub use scope::{ExpressionError, HashFiles, Scope, Status};
pub use template::{fill, fill_text, fill_value, holds};
pub use value::{is_truthy, text_of};

#[cfg(test)]
mod tests;
