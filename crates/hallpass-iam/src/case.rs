//! A case: one request with the policies that bear on it, as a line of JSON.
//!
//! It is what `hallpass policy simulate` reads and what `vectors/policy` holds. The format stands in
//! `vectors/README.md`; the keys that are filled in follow the IAM User Guide, "AWS global condition
//! context keys".

mod document;
mod error;
mod keys;
mod many;
mod principal;
mod read;

pub use document::{Case, MAX_CASE_BYTES, MAX_DOCUMENTS};
pub use error::CaseError;
pub use many::cases;
pub use principal::Principal;
