//! What a rule sees.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::policy::PolicyKind;
use crate::services::{Action, Expansion, expand};
use crate::syntax::{Document, Effect, Statement, Version};

/// A document under check, and what it is.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) document: &'a Document,
    pub(super) kind: PolicyKind,
    expansions: OnceCell<BTreeMap<&'a str, Expansion>>,
}

impl<'a> Seen<'a> {
    /// A document that is of that kind.
    pub(super) fn new(document: &'a Document, kind: PolicyKind) -> Self {
        Self {
            document,
            kind,
            expansions: OnceCell::new(),
        }
    }

    /// The statements that allow.
    pub(super) fn allows(&self) -> impl Iterator<Item = &'a Statement> {
        let statements = self.document.statements().iter();
        statements.filter(|statement| statement.effect == Effect::Allow)
    }

    /// Whether `${...}` is a variable.
    pub(super) fn has_variables(&self) -> bool {
        self.document.version() == Some(Version::V2012)
    }

    /// Whether the policy is the caller's own, and grants or caps.
    pub(super) fn is_own(&self) -> bool {
        match self.kind {
            PolicyKind::Boundary | PolicyKind::Identity | PolicyKind::Session => true,
            PolicyKind::Resource
            | PolicyKind::ResourceControl
            | PolicyKind::ServiceControl
            | PolicyKind::Trust => false,
        }
    }

    /// What an action pattern of the document matches.
    pub(super) fn expand(&self, pattern: &str) -> &Expansion {
        let expansions = self.expansions.get_or_init(|| {
            let statements = self.document.statements().iter();
            let actions = statements.flat_map(|it| it.action.iter().flat_map(|it| &it.value));
            let mut expansions = BTreeMap::new();
            for action in actions {
                expansions
                    .entry(action.text.as_str())
                    .or_insert_with(|| expand(&action.text));
            }
            expansions
        });
        expansions.get(pattern).unwrap_or(&NOTHING)
    }

    /// The known actions that a statement names; none for `NotAction`, and for services that are not
    /// known.
    pub(super) fn actions(&self, statement: &Statement) -> Vec<&'static Action> {
        let element = statement.action.iter().filter(|it| !it.is_negated);
        let patterns = element.flat_map(|it| &it.value);
        patterns
            .flat_map(|pattern| self.expand(&pattern.text).actions())
            .copied()
            .collect()
    }
}

static NOTHING: Expansion = Expansion::Known(Vec::new());
