//! What a rule sees.

use crate::policy::PolicyKind;
use crate::syntax::{Document, Effect, Statement};

/// A document under check, and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) document: &'a Document,
    pub(super) kind: PolicyKind,
}

impl<'a> Seen<'a> {
    /// The statements that allow.
    pub(super) fn allows(&self) -> impl Iterator<Item = &'a Statement> {
        let statements = self.document.statements().iter();
        statements.filter(|statement| statement.effect == Effect::Allow)
    }
}
