//! Why a signature is refused, and how each service says so.

use crate::aws::error::ApiError;
use crate::aws::front::Service;

/// Why a signature is refused.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The access key does not exist, is inactive, or does not belong to the session token.
    BadCredentials(&'static str),
    /// The session has expired.
    Expired,
    /// A part of the signature is absent or not of its form.
    Incomplete(String),
    /// There is no signature.
    Missing,
    /// The signature is another than the lab computes.
    Mismatch,
    /// The time or scope of the signature does not fit; the text is AWS's.
    Refused(String),
}

impl Fault {
    /// AWS's error: the Query services and the JSON services name the same faults differently.
    pub(super) fn into_error(self, service: Service) -> ApiError {
        let (is_json, is_query) = (service.is_json(), service.is_query());
        let code = |query: &'static str, json: &'static str| if is_query { query } else { json };
        let status = |query: u16| if is_json { 400 } else { query };
        match self {
            Self::BadCredentials(why) => ApiError::new(
                status(403),
                code("InvalidClientTokenId", "UnrecognizedClientException"),
                "The security token included in the request is invalid.",
            )
            .with_detail(why),
            Self::Expired => ApiError::new(
                status(403),
                code("ExpiredToken", "ExpiredTokenException"),
                "The security token included in the request is expired",
            ),
            Self::Incomplete(message) => ApiError::new(
                status(400),
                code("IncompleteSignature", "IncompleteSignatureException"),
                message,
            ),
            Self::Missing => ApiError::new(
                status(403),
                code(
                    "MissingAuthenticationToken",
                    "MissingAuthenticationTokenException",
                ),
                "Request is missing Authentication Token",
            ),
            Self::Mismatch => ApiError::new(
                status(403),
                code("SignatureDoesNotMatch", "InvalidSignatureException"),
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            ),
            Self::Refused(message) => ApiError::new(
                status(403),
                code("SignatureDoesNotMatch", "InvalidSignatureException"),
                message,
            ),
        }
    }
}
