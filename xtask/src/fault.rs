//! What a rule has to say about the tree.

use std::fmt;

/// A broken rule, with its culprit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    rule: &'static str,
    at: String,
    says: String,
}

impl Fault {
    /// Rule `rule` is broken at `at` (a path, or a crate's name), as `says` explains.
    pub fn new(rule: &'static str, at: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            rule,
            at: at.into(),
            says: says.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.at, self.rule, self.says)
    }
}
