//! Objects in the API server's binary wire format, `application/vnd.kubernetes.protobuf`.
//!
//! Sources: Kubernetes documentation, "Kubernetes API Concepts" (protobuf encoding: the magic bytes and
//! the envelope); Protocol Buffers documentation, "Encoding".

mod decode;
mod encode;
mod envelope;
mod error;
mod layout;
mod reader;
mod special;
mod writer;

pub use envelope::{MEDIA_TYPE, decode, encode};
pub use error::{DecodeError, EncodeError, Malformed};
pub(crate) use layout::Layout;
pub(crate) use writer::Writer;
