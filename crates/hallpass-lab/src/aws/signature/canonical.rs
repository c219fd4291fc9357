//! The canonical request: what both sides write down in the same way before they sign.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use bytes::Bytes;
use http::request::Parts;
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::fault::Fault;
use super::scope::SignedRequest;
use crate::aws::text::RESERVED;

/// The hash of the body, which must be the one that the request names where it names one.
pub(super) fn payload_hash(parts: &Parts, body: &Bytes) -> Result<String, Fault> {
    let actual = hex::encode(digest::digest(&digest::SHA256, body));
    match parts.headers.get("x-amz-content-sha256") {
        Some(claimed) if claimed.as_bytes() != actual.as_bytes() => Err(Fault::Mismatch),
        _ => Ok(actual),
    }
}

/// The canonical request.
pub(super) fn request(
    parts: &Parts,
    signed: &SignedRequest,
    payload_hash: &str,
) -> Result<String, Fault> {
    if !signed.signed_headers.iter().any(|name| name == "host") {
        return Err(Fault::Refused(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    // A body-changing header that is not signed could be put in on the way.
    let unsigned = ["x-amz-date", "x-amz-target", "x-amz-security-token"]
        .into_iter()
        .find(|name| {
            parts.headers.contains_key(*name)
                && !signed.signed_headers.iter().any(|signed| signed == name)
        });
    if let Some(name) = unsigned.filter(|_| signed.expires_seconds.is_none()) {
        return Err(Fault::Refused(format!(
            "'{name}' must be a 'SignedHeader' in the AWS Authorization."
        )));
    }
    let mut headers = String::new();
    for name in &signed.signed_headers {
        let values: Vec<String> = parts
            .headers
            .get_all(name.as_str())
            .iter()
            .map(|value| fold_spaces(&String::from_utf8_lossy(value.as_bytes())))
            .collect();
        if values.is_empty() {
            return Err(Fault::Mismatch);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(headers, "{name}:{}", values.join(","));
    }
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload_hash}",
        parts.method,
        path(parts.uri.path()),
        query(parts.uri.query().unwrap_or_default()),
        signed.signed_headers.join(";"),
    ))
}

/// Every segment is encoded once more than on the wire (all services but S3).
fn path(path: &str) -> String {
    let encoded = path
        .split('/')
        .map(|segment| utf8_percent_encode(segment, RESERVED).to_string())
        .collect::<Vec<_>>()
        .join("/");
    if encoded.is_empty() {
        "/".to_owned()
    } else {
        encoded
    }
}

/// Pairs in the order of their encoded names and values; the signature itself is left out.
fn query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode_again(name), encode_again(value))
        })
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn encode_again(text: &str) -> String {
    let plain: Vec<u8> = percent_decode_str(&text.replace('+', "%20")).collect();
    percent_encoding::percent_encode(&plain, RESERVED).to_string()
}

fn fold_spaces(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_encodes_the_query() {
        assert_eq!(
            query("b=2&a=x%20y&a=%2F&X-Amz-Signature=z&c"),
            "a=%2F&a=x%20y&b=2&c="
        );
    }

    #[test]
    fn encodes_the_path_once_more() {
        assert_eq!(path("/"), "/");
        assert_eq!(path("/a%20b/c"), "/a%2520b/c");
    }
}
