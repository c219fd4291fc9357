//! What is told of a request beside its answer.

use crate::events::DecisionRecord;

/// Collected while a request is carried out.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// For the event log: what access control and admission decided.
    pub(super) decisions: Vec<DecisionRecord>,
    /// For the client, as `Warning` headers.
    pub(super) warnings: Vec<String>,
}
