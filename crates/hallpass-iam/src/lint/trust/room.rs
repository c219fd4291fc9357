//! What the rules of trust policies look at, worked out once for all of them.

use std::collections::BTreeMap;

use hallpass_diag::Span;

use crate::intruder::{Glob, Intruder, Intrusion, Search};
use crate::operator::BaseOperator;
use crate::syntax::{Document, Text, Version};
use crate::trust::{ClaimCondition, Provider, TrustStatement, trust_statements};
use crate::variable::Special;

/// A trust policy, and who gets in that should not.
pub(super) struct Room<'a> {
    pub(super) document: &'a Document,
    pub(super) statements: Vec<TrustStatement<'a>>,
    pub(super) intruders: Vec<Intruder>,
    by_span: BTreeMap<Span, usize>,
}

impl<'a> Room<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let statements = trust_statements(document);
        let mut search = Search::new(document);
        let intruders: Vec<Intruder> = statements
            .iter()
            .flat_map(|statement| search.statement(statement))
            .collect();
        let places = intruders.iter().enumerate();
        let by_span = places.map(|(index, it)| (it.span, index)).collect();
        Self {
            document,
            statements,
            intruders,
            by_span,
        }
    }

    /// The statements that allow web identities something.
    pub(super) fn allows(&self) -> impl Iterator<Item = &TrustStatement<'a>> {
        self.statements.iter().filter(|it| it.is_allow())
    }

    /// The intruders that a statement lets in to a provider.
    pub(super) fn intruders_of<'s>(
        &'s self,
        statement: &TrustStatement<'_>,
        provider: &'s Provider<'_>,
    ) -> impl Iterator<Item = &'s Intruder> {
        let index = statement.index;
        self.intruders
            .iter()
            .filter(move |it| it.statement == index && it.provider == provider.text.text)
    }

    /// The intruder that a value lets in.
    pub(super) fn intruder_at(&self, span: Span) -> Option<&Intruder> {
        let index = self.by_span.get(&span)?;
        self.intruders.get(*index)
    }

    /// The value as the engine reads it: under `StringLike` with wildcards. None where a variable makes
    /// it depend on the request.
    pub(super) fn glob(&self, condition: &ClaimCondition<'_>, value: &Text) -> Option<Glob> {
        let base = condition.condition.operator.base;
        let special = Special {
            wildcards: matches!(base, BaseOperator::StringLike | BaseOperator::StringNotLike),
            variables: self.document.version() == Some(Version::V2012),
        };
        Glob::read(&value.text, special)
    }
}

/// The witness as a note tells it.
pub(super) fn witness(intruder: &Intruder) -> String {
    match intruder.why {
        Intrusion::Audience => {
            let audience = intruder.claims.get("aud").and_then(|it| it.as_str());
            format!(
                "a token with sub `{}` and aud `{}` passes, if the provider lists that client ID",
                intruder.subject(),
                audience.unwrap_or_default(),
            )
        }
        Intrusion::Absent { .. }
        | Intrusion::Context { .. }
        | Intrusion::Place { .. }
        | Intrusion::Subject => format!(
            "a token with sub `{}` passes: it {}",
            intruder.subject(),
            intruder.why
        ),
    }
}

/// Whether a word of the policy has characters that `StringLike` takes for wildcards.
pub(super) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// A text as a message repeats it: enough to find it by.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

// A subject with a long branch name fits.
const MAX_SHOWN: usize = 160;
