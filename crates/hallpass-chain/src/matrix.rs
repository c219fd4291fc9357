//! The contexts that a trust policy lets in, and those beside them that it keeps out.

mod decide;
mod example;
mod github;
mod jobs;
mod kubernetes;
mod mention;
mod repositories;
mod subject;
mod table;
mod wire;

pub use subject::claims_of_subject;
pub use table::{IssuerKind, Matrix, Relation, Row, SubjectForm, TrustedIssuer};
