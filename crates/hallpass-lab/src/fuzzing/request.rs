//! Requests out of a fuzzer's bytes.

use bytes::Bytes;
use hallpass_types::Timestamp;

/// A request head and body as they stand on the wire, near enough: target lines that `http` refuses
/// never reach the lab's own code.
pub(crate) fn request(input: &[u8]) -> Option<http::Request<Bytes>> {
    let text = std::str::from_utf8(input).ok()?;
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut builder = http::Request::builder().method(method).uri(target);
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        builder = builder.header(name, value);
    }
    builder.body(Bytes::copy_from_slice(body.as_bytes())).ok()
}

/// The time of the requests.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}
