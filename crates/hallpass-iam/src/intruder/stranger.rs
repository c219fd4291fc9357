//! An intruder, as a value.

use std::fmt;

use hallpass_diag::Span;
use serde_json::{Map, Value};

use crate::context::Context;

/// A token that passes and should not.
#[derive(Clone, Debug, PartialEq)]
pub struct Intruder {
    /// The statement that lets it in, from 0.
    pub statement: usize,
    /// The provider that it is shown to, as the policy names it.
    pub provider: String,
    /// What lets it in: the value that matches it, or the statement that lacks a condition.
    pub span: Span,
    /// The condition keys of its request: those made of its claims, and the circumstances that the
    /// statement asks for besides.
    pub context: Context,
    /// Its claims.
    pub claims: Map<String, Value>,
    /// Why it should stay out.
    pub why: Intrusion,
}

impl Intruder {
    /// The token's subject.
    pub fn subject(&self) -> &str {
        self.claims
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// Why a token should stay out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intrusion {
    /// It lacks a claim that the policy asks for by an operator that absence satisfies.
    Absent {
        /// The claim.
        claim: &'static str,
    },
    /// It was made for somebody else than AWS.
    Audience,
    /// It is of the place that the policy names, and of a kind of context that whoever may write there
    /// can make as they like.
    Context {
        /// A branch, an environment, a pull request.
        kind: &'static str,
    },
    /// It is of a place that the policy does not name.
    Place {
        /// What differs: an organisation, a repository, a namespace.
        kind: &'static str,
        /// Whether the whole issuer is open, not just what is within a place that the policy names.
        is_outside: bool,
    },
    /// It is of a subject that the policy does not name, at an issuer whose subjects we cannot read.
    Subject,
}

impl fmt::Display for Intrusion {
    /// Reads after "the token".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent { claim } => write!(f, "has no `{claim}`"),
            Self::Audience => f.write_str("was made for somebody else than AWS"),
            Self::Context { kind } => write!(f, "may be of any {kind}"),
            Self::Place { kind, .. } => write!(f, "is of another {kind}"),
            Self::Subject => f.write_str("is of another subject"),
        }
    }
}
