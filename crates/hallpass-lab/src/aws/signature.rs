//! Signature Version 4, verified: in the `Authorization` header or in a presigned URL.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests", "Elements of an AWS API
//! request signature" and "Create a signed AWS API request".

mod authenticate;
mod canonical;
mod credential;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod last_used;
mod scope;

pub(crate) use authenticate::{authenticate, authenticate_within, scope_service};
