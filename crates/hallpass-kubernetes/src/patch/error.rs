//! Why a patch was not carried out, in the words of an API server.

use thiserror::Error;

/// Why a patch was not carried out. The object is as it was.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchError {
    /// The patch is not of its form: the answer is 400.
    #[error("error decoding patch: {0}")]
    Form(String),
    /// The patch does not fit the object, or one of its tests failed: the answer is 422, and says
    /// why in its cause.
    #[error("the server rejected our request due to an error in our request")]
    Rejected(String),
    /// There are too many operations: the answer is 413.
    #[error(
        "Request entity is too large: The allowed maximum operations in a JSON patch is {most}, got {found}"
    )]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Its copies would make the object larger than an object may be: the answer is 413.
    #[error(
        "Request entity is too large: the copies of a JSON patch may add {most} bytes, got {found}"
    )]
    TooLarge {
        /// How much they add.
        found: usize,
        /// How much they may add.
        most: usize,
    },
}

impl PatchError {
    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Form(_) => 400,
            Self::Rejected(_) => 422,
            Self::TooMany { .. } | Self::TooLarge { .. } => 413,
        }
    }

    /// What the answer's cause says, where the message does not say it.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Rejected(detail) => Some(detail),
            Self::Form(_) | Self::TooMany { .. } | Self::TooLarge { .. } => None,
        }
    }
}
