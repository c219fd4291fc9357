//! What a webhook finds odd and still goes on with.

use std::fmt;

/// An oddity in an annotation. EKS's webhook logs it, at most; nobody who made the mistake sees that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The list of containers to skip is not one CSV record: none is skipped.
    SkipContainers {
        /// The annotation.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The role's ARN is not one of a role: it is injected as it is, and STS will refuse it.
    RoleArn {
        /// The annotation.
        key: String,
        /// Its value.
        value: String,
    },
    /// Not a boolean: the webhook's own setting decides.
    RegionalSts {
        /// The annotation.
        key: String,
        /// Its value.
        value: String,
    },
    /// Not a number of seconds: the next lower setting decides.
    TokenExpiration {
        /// The annotation.
        key: String,
        /// Its value.
        value: String,
    },
    /// Fewer seconds than the API server issues tokens for: raised to that.
    TokenExpirationRaised {
        /// The annotation.
        key: String,
        /// Its value.
        value: i64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SkipContainers { key, reason } => {
                write!(
                    f,
                    "`{key}` is not one CSV record ({reason}): no container is skipped"
                )
            }
            Self::RoleArn { key, value } => write!(
                f,
                "`{key}` is `{value}`, which is no role's ARN: it is injected as it is, and STS will refuse it"
            ),
            Self::RegionalSts { key, value } => write!(
                f,
                "`{key}` is `{value}`, neither `true` nor `false`: the webhook's own setting decides"
            ),
            Self::TokenExpiration { key, value } => write!(
                f,
                "`{key}` is `{value}`, not a number of seconds: it is passed over"
            ),
            Self::TokenExpirationRaised { key, value } => write!(
                f,
                "`{key}` is {value}, and no token lives shorter than 600 seconds: it gets 600"
            ),
        }
    }
}
