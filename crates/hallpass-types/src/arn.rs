//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

/// An ARN: `arn:partition:service:region:account:resource`.
///
/// The fields are kept as written: a policy may hold wildcards in any of them, and services leave
/// region or account empty. Source: AWS General Reference, "Amazon Resource Names (ARNs)".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: String,
    // Offsets of the five colons, so that each field is a slice of `text`.
    colons: [usize; 5],
}

impl Arn {
    /// Builds an ARN from its fields.
    pub fn new(
        partition: &str,
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Result<Self, ArnError> {
        format!("arn:{partition}:{service}:{region}:{account}:{resource}").parse()
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.field(0)
    }

    /// The service's namespace, such as `iam`.
    pub fn service(&self) -> &str {
        self.field(1)
    }

    /// The region, empty for global services.
    pub fn region(&self) -> &str {
        self.field(2)
    }

    /// The account ID, empty for resources such as S3 buckets.
    pub fn account(&self) -> &str {
        self.field(3)
    }

    /// All after the fifth colon, such as `role/ci/builder`.
    pub fn resource(&self) -> &str {
        self.field(4)
    }

    /// The resource's type and name: `role/ci/builder` gives `("role", "ci/builder")`.
    pub fn resource_parts(&self) -> (&str, &str) {
        let resource = self.resource();
        resource.split_once(['/', ':']).unwrap_or(("", resource))
    }

    fn field(&self, index: usize) -> &str {
        let start = self.colons.get(index).map_or(0, |colon| colon + 1);
        let end = self
            .colons
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut colons = [0; 5];
        let mut found = text.match_indices(':').map(|(at, _)| at);
        for slot in &mut colons {
            *slot = found
                .next()
                .ok_or_else(|| ArnError::TooFewFields(text.to_owned()))?;
        }
        let arn = Self {
            text: text.to_owned(),
            colons,
        };
        if !text.starts_with("arn:") {
            return Err(ArnError::Prefix(text.to_owned()));
        }
        if arn.partition().is_empty() || arn.service().is_empty() || arn.resource().is_empty() {
            return Err(ArnError::EmptyField(text.to_owned()));
        }
        Ok(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is not an ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Partition, service or resource is empty.
    #[error("`{0}` is not an ARN: partition, service and resource must not be empty")]
    EmptyField(String),
    /// It does not begin with `arn:`.
    #[error("`{0}` is not an ARN: it must begin with `arn:`")]
    Prefix(String),
    /// Fewer than six fields.
    #[error(
        "`{0}` is not an ARN: it takes six fields, `arn:partition:service:region:account:resource`"
    )]
    TooFewFields(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_into_fields_and_keeps_colons_of_the_resource() {
        let arn: Arn = "arn:aws:iam::111122223333:role/ci/builder".parse().unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "iam");
        assert_eq!(arn.region(), "");
        assert_eq!(arn.account(), "111122223333");
        assert_eq!(arn.resource_parts(), ("role", "ci/builder"));
        let logs: Arn = "arn:aws:logs:us-west-2:111122223333:log-group:x:*"
            .parse()
            .unwrap();
        assert_eq!(logs.resource(), "log-group:x:*");
    }

    #[test]
    fn refuses_what_is_no_arn() {
        for text in [
            "",
            "arn",
            "arn:aws:iam::1",
            "x:aws:iam::1:role/r",
            "arn::iam::1:role/r",
            "arn:aws:iam::1:",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }
}
