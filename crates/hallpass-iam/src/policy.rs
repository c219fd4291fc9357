//! A policy: a document, compiled and indexed by action.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::PolicyErrors;
use crate::index::Index;
use crate::principal::Grant;
use crate::request::Asked;
use crate::statement::{Compiled, Mismatch};
use crate::syntax::{Document, Effect, Statement, Version};

/// What a policy is attached to, which decides its grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// A permissions boundary: an identity policy that caps.
    Boundary,
    /// Of a user, group or role.
    Identity,
    /// Of a resource, such as a repository.
    Resource,
    /// Of an organisation: what its resources let be done to them at most.
    ResourceControl,
    /// Of an organisation: what its principals may do at most.
    ServiceControl,
    /// Passed when a session is made.
    Session,
    /// Of a role: who may assume it.
    Trust,
}

impl PolicyKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Boundary,
        Self::Identity,
        Self::Resource,
        Self::ResourceControl,
        Self::ServiceControl,
        Self::Session,
        Self::Trust,
    ];
}

/// A compiled policy. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Policy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    kind: PolicyKind,
    /// The statements as written, for explanations.
    sources: Vec<Statement>,
    /// The same, in the same order, to be matched.
    statements: Vec<Compiled>,
    index: Index,
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) is_denied: bool,
    /// The closest grant of the statements that allow.
    pub(crate) grant: Option<Grant>,
}

/// A statement that an explanation shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Considered<'a> {
    /// Its place in the document.
    pub(crate) number: usize,
    /// As it was written.
    pub(crate) source: &'a Statement,
    pub(crate) compiled: &'a Compiled,
}

impl Policy {
    /// Compiles a document; `name` stands in explanations.
    pub fn compile(name: impl Into<String>, kind: PolicyKind, document: &Document) -> Self {
        Self::new(
            name.into(),
            kind,
            document.version,
            document.statements.clone(),
        )
    }

    /// Reads and compiles a document.
    pub fn parse(
        name: impl Into<String>,
        kind: PolicyKind,
        text: &str,
    ) -> Result<Self, PolicyErrors> {
        Document::parse(text)
            .map(|document| Self::new(name.into(), kind, document.version, document.statements))
    }

    /// Whether any of its statements has a condition.
    pub fn has_conditions(&self) -> bool {
        let sources = &self.0.sources;
        sources.iter().any(|source| !source.conditions.is_empty())
    }

    /// A policy without statements: it allows nothing and denies nothing.
    ///
    /// It stands for a policy that should be in force and cannot be read.
    pub fn empty(kind: PolicyKind) -> Self {
        Self(Arc::new(Inner {
            name: "a policy that cannot be read".to_owned(),
            kind,
            sources: Vec::new(),
            statements: Vec::new(),
            index: Index::default(),
        }))
    }

    fn new(
        name: String,
        kind: PolicyKind,
        version: Option<Version>,
        sources: Vec<Statement>,
    ) -> Self {
        let statements: Vec<Compiled> = sources
            .iter()
            .map(|statement| Compiled::new(statement, version, kind))
            .collect();
        let index = Index::new(&statements);
        Self(Arc::new(Inner {
            name,
            kind,
            sources,
            statements,
            index,
        }))
    }

    /// The name, such as an ARN.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is attached to.
    pub fn kind(&self) -> PolicyKind {
        self.0.kind
    }

    /// What the policy says of a request.
    pub(crate) fn verdict(&self, asked: &Asked<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        self.0.index.visit(asked.request.action, |candidate| {
            if let Some(statement) = self.0.statements.get(candidate.number) {
                let applied = if candidate.is_certain {
                    statement.apply_to_its_action(asked)
                } else {
                    statement.apply(asked)
                };
                verdict.note(statement.effect, applied);
            }
            if verdict.is_denied {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        verdict
    }

    /// Whether the policy has a statement that allows something.
    pub(crate) fn can_allow(&self) -> bool {
        let mut statements = self.0.statements.iter();
        statements.any(|statement| statement.effect == Effect::Allow)
    }

    /// The statements that an explanation shows, in the document's order.
    pub(crate) fn considered(&self, action: &str) -> Vec<Considered<'_>> {
        let numbers = self.0.index.shown(action).into_iter();
        let statement = |number| {
            Some(Considered {
                number,
                source: self.0.sources.get(number)?,
                compiled: self.0.statements.get(number)?,
            })
        };
        numbers.filter_map(statement).collect()
    }
}

impl Verdict {
    /// Adds what one statement says.
    pub(crate) fn note(&mut self, effect: Effect, applied: Result<Grant, Mismatch>) {
        match (effect, applied) {
            (Effect::Allow, Ok(grant)) => self.grant = self.grant.max(Some(grant)),
            (Effect::Deny, Ok(_)) => self.is_denied = true,
            (_, Err(_)) => {}
        }
    }
}
