//! Texts that AWS's services and their clients must write alike: encoded characters, times.

use hallpass_types::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde_json::Value;

/// All but the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A time as IAM and STS write it: ISO 8601 in UTC, in whole seconds.
pub(crate) fn iso_8601(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as AWS's JSON has it: seconds since the epoch, with milliseconds.
pub(crate) fn epoch(time: Timestamp) -> Value {
    let millis = time.as_millisecond();
    let text = format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000));
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds() {
        let time: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        assert_eq!(epoch(time).to_string(), "1767323045.678");
    }
}
