//! The `format`s of texts and numbers that are checked.
//!
//! Source: Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
//! validation: formats that are not known there, or not here, check nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

/// Whether the format is one that an API server knows.
pub(crate) fn is_known(format: &str) -> bool {
    const KNOWN: &[&str] = &[
        "bsonobjectid",
        "byte",
        "cidr",
        "creditcard",
        "date",
        "date-time",
        "datetime",
        "double",
        "duration",
        "email",
        "float",
        "hexcolor",
        "hostname",
        "int32",
        "int64",
        "ipv4",
        "ipv6",
        "isbn",
        "isbn10",
        "isbn13",
        "k8s-long-name",
        "k8s-short-name",
        "mac",
        "password",
        "rgbcolor",
        "ssn",
        "uri",
        "uuid",
        "uuid3",
        "uuid4",
        "uuid5",
    ];
    KNOWN.contains(&format)
}

/// Whether the text is of the format.
pub(crate) fn is_text_of(format: &str, text: &str) -> bool {
    match format {
        "byte" => is_base64(text),
        "cidr" => is_cidr(text),
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" | "datetime" => is_instant(text),
        "duration" => is_duration(text),
        "email" => is_email(text),
        "hexcolor" => is_hex_colour(text),
        "hostname" => is_host_name(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "k8s-long-name" => text.len() <= 253 && text.split('.').all(is_label),
        "k8s-short-name" => is_label(text),
        "mac" => is_hardware_address(text),
        "uri" => is_uri(text),
        "uuid" => is_uuid(text, None),
        "uuid3" => is_uuid(text, Some('3')),
        "uuid4" => is_uuid(text, Some('4')),
        "uuid5" => is_uuid(text, Some('5')),
        _ => true,
    }
}

/// Whether the number fits into the format.
pub(crate) fn is_number_of(format: &str, number: &Value) -> bool {
    match format {
        "int32" => number
            .as_f64()
            .is_some_and(|number| (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number)),
        "int64" => number.as_i64().is_some() || (!number.is_u64() && number.is_f64()),
        "float" => number
            .as_f64()
            .is_some_and(|number| number.abs() <= f64::from(f32::MAX)),
        _ => true,
    }
}

fn is_instant(text: &str) -> bool {
    // RFC 3339 wants a `T`, seconds and an offset; the parser takes more.
    let is_shaped = text.len() >= 20
        && text
            .as_bytes()
            .get(10)
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T'))
        && text.as_bytes().get(16) == Some(&b':');
    is_shaped && text.parse::<jiff::Timestamp>().is_ok()
}

fn is_base64(text: &str) -> bool {
    let bytes = text.as_bytes();
    let padding = bytes.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = bytes.get(..bytes.len() - padding).unwrap_or_default();
    bytes.len().is_multiple_of(4)
        && padding <= 2
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    is_digits(length) && length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// A duration of Go: `1h30m`, `1.5s`, `-2ms`; or a whole number with a word, as the API server's
/// library takes it (`3 days`).
fn is_duration(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if body == "0" {
        return true;
    }
    let mut rest = body;
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let digits = rest.len() - number.len();
        let number_text = rest.get(..digits).unwrap_or_default();
        if number_text.parse::<f64>().is_err() {
            return false;
        }
        let after = number.trim_start();
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == ' ' || c == '.')
            .unwrap_or(after.len());
        let (unit, remaining) = after.split_at_checked(unit_end).unwrap_or((after, ""));
        if !DURATION_UNITS.contains(&unit) {
            return false;
        }
        rest = remaining.trim_start();
        parts += 1;
    }
    parts > 0
}

const DURATION_UNITS: &[&str] = &[
    "ns", "nano", "nanos", "us", "\u{b5}s", "\u{3bc}s", "micro", "micros", "ms", "milli", "millis",
    "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr",
    "hour", "hours", "d", "day", "days", "w", "week", "weeks",
];

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty() && !local.contains(char::is_whitespace) && is_host_name(domain)
}

fn is_hex_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_host_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let bytes = part.as_bytes();
        (1..=63).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
    };
    text.len() <= 255
        && text
            .strip_suffix('.')
            .unwrap_or(text)
            .split('.')
            .all(is_part)
}

/// A label of DNS, as Kubernetes has it: RFC 1123, lower case.
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_end =
        |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    bytes.len() <= 63
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

fn is_hardware_address(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ':' };
    let mut count = 0;
    let all = text.split(separator).all(|part| {
        count += 1;
        part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    all && matches!(count, 6 | 8 | 20)
}

/// An absolute URI or an absolute path, as Go's `url.ParseRequestURI` takes it.
fn is_uri(text: &str) -> bool {
    if text.starts_with('/') {
        return !text.contains(char::is_whitespace);
    }
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_version = version.is_none_or(|version| digits.chars().nth(12) == Some(version));
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_version
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_texts_of_a_format_from_others() {
        let cases = [
            ("date-time", "2026-11-24T15:38:36Z", true),
            ("date-time", "2026-11-24T15:38:36.123+01:00", true),
            ("date-time", "2026-11-24 15:38:36Z", false),
            ("date-time", "2026-11-24T15:38Z", false),
            ("date-time", "2026-13-24T15:38:36Z", false),
            ("date", "2026-11-24", true),
            ("date", "2026-11-31", false),
            ("duration", "1h30m", true),
            ("duration", "3 days", true),
            ("duration", "10", false),
            ("ipv4", "127.0.0.1", true),
            ("ipv4", "127.0.0.256", false),
            ("ipv6", "::1", true),
            ("cidr", "10.0.0.0/8", true),
            ("cidr", "10.0.0.0/33", false),
            ("byte", "aGVsbG8=", true),
            ("byte", "aGVsbG8", false),
            ("uri", "https://github.com/acme", true),
            ("uri", "github.com/acme", false),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", true),
            ("uuid4", "123e4567-e89b-12d3-a456-426614174000", false),
            ("hostname", "a.example", true),
            ("hostname", "-a.example", false),
            ("mac", "00:11:22:33:44:55", true),
            ("made-up", "anything", true),
        ];
        for (format, text, wanted) in cases {
            assert_eq!(is_text_of(format, text), wanted, "{format}: {text}");
        }
    }

    #[test]
    fn bounds_numbers_by_their_format() {
        use serde_json::json;
        assert!(is_number_of("int32", &json!(2_147_483_647)));
        assert!(!is_number_of("int32", &json!(2_147_483_648_i64)));
        assert!(!is_number_of(
            "int64",
            &json!(9_223_372_036_854_775_808_u64)
        ));
        assert!(is_number_of("int64", &json!(1.0)));
    }
}
