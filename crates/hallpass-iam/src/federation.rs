//! What AWS knows of token issuers: which one a policy means, which claims are condition keys there,
//! and which issuers everybody shares.
//!
//! A condition on a claim that AWS does not offer is never met, however the token looks.
//!
//! Sources: IAM User Guide, "IAM and AWS STS condition context keys" (available keys for AWS OIDC
//! federation) and "Identity-provider controls for shared OIDC providers"; Service Authorization
//! Reference, condition keys of STS (`services`).

mod claims;
mod issuer;
mod shared;

pub use claims::{claim_type, is_claim_key};
pub use issuer::{Issuer, IssuerKind};
pub use shared::{SHARED, Shared, Unscoped, unscoped};
