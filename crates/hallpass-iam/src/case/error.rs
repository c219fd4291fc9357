//! What is wrong with a case, and where.

use hallpass_diag::Position;

use crate::error::{PolicyError, PolicyErrors};

use super::document::MAX_CASE_BYTES;

/// A case that cannot be used. Places are lines and columns of the text that was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum CaseError {
    /// A field that every case has.
    #[error("{position}: `{field}` is missing")]
    #[diagnostic(
        code("case/missing-field"),
        help("a case has a `request` with `principal`, `action` and `resource`")
    )]
    MissingField {
        /// The field.
        field: String,
        /// The object that lacks it.
        position: Position,
    },
    /// A document that is no policy. Its places count from the case's start where it is an object, from
    /// its own where it is a text.
    #[error("`{field}` is no policy: {faults}")]
    #[diagnostic(
        code("case/policy"),
        help("mend the document: a policy that cannot be read is no policy that denies")
    )]
    Policy {
        /// The field, with the document's number.
        field: String,
        /// What is wrong with it, all of it.
        faults: PolicyErrors,
    },
    /// A principal that is none.
    #[error("{position}: `request.principal` is {found}, which names nobody that can call")]
    #[diagnostic(
        code("case/principal"),
        help(
            "write the ARN of a user, role, session, federated user or root, a 12-digit account, `*`, \
             or an object with one of `AWS`, `Federated` and `Service`"
        )
    )]
    Principal {
        /// What stands there.
        found: String,
        /// Where.
        position: Position,
    },
    /// No JSON, or JSON that hides something.
    #[error("{position}: {fault}")]
    #[diagnostic(
        code("case/syntax"),
        help("a case is one JSON object; names stand once in it, in double quotes")
    )]
    Syntax {
        /// What is wrong.
        fault: PolicyError,
        /// Where.
        position: Position,
    },
    /// Larger than any case is.
    #[error("the case has {length} bytes: at most {MAX_CASE_BYTES} are read")]
    #[diagnostic(
        code("case/too-large"),
        help("give each request its own case; no account's policies are this long")
    )]
    TooLarge {
        /// Its length.
        length: usize,
    },
    /// More documents than anybody has.
    #[error("{position}: `{field}` has {length} items: at most {max} are read")]
    #[diagnostic(
        code("case/too-many"),
        help("leave out what does not bear on the request")
    )]
    TooMany {
        /// The field.
        field: String,
        /// How many it has.
        length: usize,
        /// The limit.
        max: usize,
        /// Where.
        position: Position,
    },
    /// A field that looks like another.
    #[error("{position}: unknown field `{found}`, the nearest is `{nearest}`")]
    #[diagnostic(
        code("case/unknown-field"),
        help("write `{nearest}`; field names are case-sensitive")
    )]
    UnknownField {
        /// What stands there.
        found: String,
        /// The nearest known name.
        nearest: &'static str,
        /// Where.
        position: Position,
    },
    /// A value of another kind than the field takes.
    #[error("{position}: `{field}` takes {wanted}, found {found}")]
    #[diagnostic(code("case/wrong-type"), help("write {wanted}"))]
    WrongType {
        /// The field.
        field: String,
        /// What it takes.
        wanted: &'static str,
        /// What stands there.
        found: &'static str,
        /// Where.
        position: Position,
    },
}
