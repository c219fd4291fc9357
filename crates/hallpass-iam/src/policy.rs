//! A policy: a document, compiled and indexed by action.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::PolicyErrors;
use crate::principal::Grant;
use crate::request::Asked;
use crate::statement::{Compiled, Mismatch};
use crate::syntax::{Document, Effect};

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

/// A compiled policy. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Policy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    kind: PolicyKind,
    statements: Vec<Compiled>,
    index: Index,
}

/// Which statements can match an action, so that the others cost nothing.
#[derive(Debug, Default)]
struct Index {
    /// By action, in lower case: statements that name it without wildcards.
    exact: HashMap<String, Vec<usize>>,
    /// Statements with a wildcard or `NotAction`.
    any: Vec<usize>,
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) is_denied: bool,
    /// The closest grant of the statements that allow.
    pub(crate) grant: Option<Grant>,
}

impl Policy {
    /// Compiles a document; `name` stands in explanations.
    pub fn compile(name: impl Into<String>, kind: PolicyKind, document: &Document) -> Self {
        let statements: Vec<Compiled> = document
            .statements()
            .iter()
            .map(|statement| Compiled::new(statement, document.version(), kind))
            .collect();
        let index = Index::new(&statements);
        Self(Arc::new(Inner {
            name: name.into(),
            kind,
            statements,
            index,
        }))
    }

    /// Reads and compiles a document.
    pub fn parse(
        name: impl Into<String>,
        kind: PolicyKind,
        text: &str,
    ) -> Result<Self, PolicyErrors> {
        Document::parse(text).map(|document| Self::compile(name, kind, &document))
    }

    /// A policy without statements: it allows nothing and denies nothing.
    ///
    /// It stands for a policy that should be in force and cannot be read.
    pub fn empty(kind: PolicyKind) -> Self {
        Self(Arc::new(Inner {
            name: "a policy that cannot be read".to_owned(),
            kind,
            statements: Vec::new(),
            index: Index::default(),
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
        let [exact, any] = self.candidates(asked.request.action);
        for index in exact.iter().chain(any) {
            if let Some(statement) = self.0.statements.get(*index) {
                verdict.note(statement.effect, statement.apply(asked));
            }
            if verdict.is_denied {
                break;
            }
        }
        verdict
    }

    /// Whether the policy has a statement that allows something.
    pub(crate) fn can_allow(&self) -> bool {
        let mut statements = self.0.statements.iter();
        statements.any(|statement| statement.effect == Effect::Allow)
    }

    /// The statements that can be about the action, with their numbers, in the document's order.
    pub(crate) fn considered(&self, action: &str) -> Vec<(usize, &Compiled)> {
        let mut numbers = self.candidates(action).concat();
        numbers.sort_unstable();
        let statement = |number| self.0.statements.get(number).map(|found| (number, found));
        numbers.into_iter().filter_map(statement).collect()
    }

    /// The numbers of the statements that name the action, and of those that could match any.
    fn candidates(&self, action: &str) -> [&[usize]; 2] {
        let mut buffer = [0; MAX_ACTION];
        let exact = lower(action, &mut buffer)
            .and_then(|action| self.0.index.exact.get(action))
            .map(Vec::as_slice)
            .unwrap_or_default();
        [exact, &self.0.index.any]
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

impl Index {
    fn new(statements: &[Compiled]) -> Self {
        let mut index = Self::default();
        for (number, statement) in statements.iter().enumerate() {
            let literals: Option<Vec<&str>> = statement
                .action
                .value
                .iter()
                .map(|pattern| pattern.as_literal().filter(|text| text.len() <= MAX_ACTION))
                .collect();
            match literals {
                Some(literals) if !statement.action.is_negated => {
                    for action in literals {
                        let list = index.exact.entry(action.to_ascii_lowercase()).or_default();
                        // One statement may name an action twice.
                        if list.last() != Some(&number) {
                            list.push(number);
                        }
                    }
                }
                _ => index.any.push(number),
            }
        }
        index
    }
}

/// The action in lower case, without allocating; longer ones are in no index.
fn lower<'b>(action: &str, buffer: &'b mut [u8; MAX_ACTION]) -> Option<&'b str> {
    let target = buffer.get_mut(..action.len())?;
    target.copy_from_slice(action.as_bytes());
    target.make_ascii_lowercase();
    std::str::from_utf8(target).ok()
}

// The longest action of any service has some eighty characters.
const MAX_ACTION: usize = 128;
