//! AWS regions.

use std::fmt;
use std::str::FromStr;

use crate::Partition;

/// A region's name, such as `us-west-2`.
///
/// Only the shape is checked: AWS opens regions faster than tools are released.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// The region as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition that the region belongs to, told by its prefix.
    pub fn partition(&self) -> Partition {
        if self.0.starts_with("cn-") {
            Partition::AwsCn
        } else if self.0.starts_with("us-gov-") {
            Partition::AwsUsGov
        } else {
            Partition::Aws
        }
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('-').collect();
        let is_word = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let ends_in_number = parts
            .last()
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        if parts.len() >= 3 && parts.len() <= 5 && parts.iter().all(is_word) && ends_in_number {
            Ok(Self(text.to_owned()))
        } else {
            Err(RegionError(text.to_owned()))
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that names no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a region: write it as in `us-west-2`")]
pub struct RegionError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_partition_by_the_prefix() {
        for (region, partition) in [
            ("us-west-2", Partition::Aws),
            ("ap-southeast-3", Partition::Aws),
            ("cn-north-1", Partition::AwsCn),
            ("us-gov-east-1", Partition::AwsUsGov),
        ] {
            assert_eq!(region.parse::<Region>().unwrap().partition(), partition);
        }
        for text in ["", "us", "us-west", "us-west-x", "US-WEST-2", "us--2"] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
