//! AWS partitions.

use std::fmt;
use std::str::FromStr;

/// A partition: a separate world of accounts, regions and host names.
///
/// Source: AWS General Reference, "Partitions"; endpoint suffixes from "AWS service endpoints".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// China (Beijing and Ningxia).
    AwsCn,
    /// AWS GovCloud (US).
    AwsUsGov,
}

impl Partition {
    /// The partition as ARNs write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// The suffix of service host names.
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
        }
    }

    /// The audience that STS's clients ask for here.
    pub const fn sts_audience(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => super::STS_AUDIENCE,
            Self::AwsCn => "sts.amazonaws.com.cn",
        }
    }

    /// The region that a lab of this partition stands in unless told otherwise.
    pub const fn default_region(self) -> &'static str {
        match self {
            Self::Aws => "us-west-2",
            Self::AwsCn => "cn-north-1",
            Self::AwsUsGov => "us-gov-west-1",
        }
    }

    /// The region that signs requests to the partition's global endpoints (IAM).
    pub const fn global_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsCn => "cn-north-1",
            Self::AwsUsGov => "us-gov-west-1",
        }
    }
}

impl FromStr for Partition {
    type Err = UnknownPartition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "aws" => Ok(Self::Aws),
            "aws-cn" => Ok(Self::AwsCn),
            "aws-us-gov" => Ok(Self::AwsUsGov),
            _ => Err(UnknownPartition(text.to_owned())),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no partition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a partition: write `aws`, `aws-cn` or `aws-us-gov`")]
pub struct UnknownPartition(String);
