//! Many cases in one text: a list, one after the other (JSON lines), or a single case.

use crate::json::{self, Value};

use super::document::Case;
use super::error::CaseError;
use super::read;

/// The cases of a text, in order. A case that cannot be used is an error in its place, and places count
/// from the text's start. What is no JSON ends the reading: where the next case begins is unknown.
pub fn cases(text: &str) -> Vec<Result<Case, CaseError>> {
    let mut cases = Vec::new();
    let mut at = 0;
    loop {
        let node = match json::read_next(text, at) {
            Ok(Some(node)) => node,
            Ok(None) => return cases,
            Err(fault) => {
                cases.push(Err(read::syntax(fault, text)));
                return cases;
            }
        };
        at = node.span.end;
        match node.value {
            Value::Array(nodes) => {
                cases.extend(nodes.into_iter().map(|node| read::case_at(node, text)));
            }
            _ => cases.push(read::case_at(node, text)),
        }
    }
}
