//! A policy's text with its variables filled in, for people.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

use crate::context::Context;
use crate::pattern::resolve;
use crate::variable::{Piece, Special, pieces};

/// The text with each variable replaced by its value or its default; absent where one has neither, so
/// that the text matches nothing. It is for a document of version 2012-10-17: others have no variables.
///
/// ```
/// let mut context = hallpass_iam::Context::new();
/// context.insert_one("aws:username", "ana");
/// let filled = hallpass_iam::fill("home/${aws:username}/*", &context);
/// assert_eq!(filled.as_deref(), Some("home/ana/*"));
/// ```
pub fn fill(text: &str, context: &Context) -> Option<String> {
    let special = Special {
        wildcards: false,
        variables: true,
    };
    pieces(text, special)
        .iter()
        .map(|piece| match piece {
            Piece::AnyOne => Some("?"),
            Piece::AnyRun => Some("*"),
            Piece::Text(text) => Some(text.as_str()),
            Piece::Variable { key, default } => resolve(key, default.as_deref(), context),
        })
        .collect()
}
