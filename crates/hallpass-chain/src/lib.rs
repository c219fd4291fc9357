//! What holds between issuer, role and workload.
//!
//! [`Matrix`] answers, for a trust policy, which workloads can assume the role: it makes the tokens
//! that GitHub and a cluster would issue to the workloads which the policy names, and to others beside
//! them, and lets the policy engine decide on each.
//!
//! **Invariants.** Nothing here decides by itself: each answer is `hallpass-iam`'s on the condition keys
//! that `hallpass-oidc` makes of a token. The same policy gives the same rows in the same order.
//!
//! **Not here.** I/O, the clock, rendering.

mod matrix;

pub use matrix::{
    IssuerKind, Matrix, Relation, Row, SubjectForm, TrustedIssuer, claims_of_subject,
};
