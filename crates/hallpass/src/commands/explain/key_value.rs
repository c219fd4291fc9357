//! A condition key on the command line.

use std::str::FromStr;

/// `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyValue {
    /// The key.
    pub(super) key: String,
    /// One of its values.
    pub(super) value: String,
}

impl FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            // A key of an issuer holds colons and slashes, and no key an equals sign.
            Some((key, value)) if key.contains(':') => Ok(Self {
                key: key.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("it takes KEY=VALUE, as in `aws:SourceIp=203.0.113.9`".to_owned()),
        }
    }
}
