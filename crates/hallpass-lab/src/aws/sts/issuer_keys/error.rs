//! Why an issuer's keys could not be had.

/// Keys that could not be had. AWS answers differently to each.
#[derive(Clone, Debug, thiserror::Error)]
pub(in crate::aws::sts) enum FetchError {
    /// Nobody answered.
    #[error("`{url}` cannot be reached: {reason}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Somebody answered whose certificate nobody vouches for.
    #[error("the certificate of `{url}` cannot be trusted: {reason}")]
    Untrusted {
        /// What was asked for.
        url: String,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// The answer is of no use.
    #[error("`{url}` gives nothing that can be used: {reason}")]
    Unusable {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
}
