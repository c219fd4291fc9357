//! The AWS policy language: documents with source spans, evaluation, explanation.
//!
//! **Invariants.** A denial is an answer, not an error: [`decide`] cannot fail, and [`explain`] always
//! gives its reasons. We fail towards denial: what cannot be evaluated makes an `Allow` not apply and a
//! `Deny` apply. Both come from one walk over the policies, so they never disagree.
//!
//! **Not here.** I/O, the clock (time is a condition key), any service's state.
//!
//! The semantics, page by page of AWS's documentation, stand in `docs/semantics.md`.

mod arn;
mod case;
mod condition;
mod context;
mod date;
mod difference;
mod error;
mod evaluate;
mod explain;
pub mod federation;
mod fill;
mod grammar;
mod index;
mod intruder;
mod json;
mod lint;
mod operator;
mod parse;
mod pattern;
mod policy;
mod principal;
mod request;
mod search;
pub mod services;
mod statement;
mod summary;
mod syntax;
mod tighten;
mod trust;
mod validate;
mod variable;
mod wire;

pub use case::{Case, CaseError, MAX_CASE_BYTES, MAX_DOCUMENTS, Principal, cases};
pub use context::Context;
pub use difference::{Asking, Comparison, Difference, Place, Witness, compare};
pub use error::{PolicyError, PolicyErrors};
pub use evaluate::{Outcome, PolicySet, decide};
pub use explain::{
    Decision, Failure, Layer, MetCondition, PolicyReport, Says, StatementReport, explain,
};
pub use fill::fill;
pub use intruder::{Intruder, Intrusion, intruders};
pub use lint::{check, kind_of};
pub use operator::{BaseOperator, Operator, Qualifier};
pub use parse::MAX_DOCUMENT_BYTES;
pub use policy::{Policy, PolicyKind};
pub use principal::Caller;
pub use request::Request;
pub use syntax::{Condition, Document, Effect, Element, Principals, Statement, Text, Version};
pub use tighten::{Tightened, UseFilter, UseLog, Used, tighten};
pub use validate::{Malformed, validate};
