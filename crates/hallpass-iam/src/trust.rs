//! What a trust policy trusts: its providers, and the conditions on their tokens' claims.
//!
//! **Invariants.** A view of the document: it borrows, and changes nothing. What it does not know for an
//! issuer's key it leaves alone.

mod provider;
mod statement;

pub(crate) use provider::{Family, Provider, ProviderKind};
pub(crate) use statement::{ClaimCondition, TrustStatement, trust_statements};
