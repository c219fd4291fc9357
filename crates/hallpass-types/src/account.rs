//! AWS account IDs.

use std::fmt;
use std::str::FromStr;

/// An AWS account ID: exactly twelve digits.
///
/// Source: AWS Account Management Reference Guide, "View AWS account identifiers".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // INVARIANT: `from_str` admits ASCII digits only, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 12] = text
            .as_bytes()
            .try_into()
            .map_err(|_| AccountIdError(text.to_owned()))?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(AccountIdError(text.to_owned()))
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not an account ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an AWS account ID: it takes exactly twelve digits")]
pub struct AccountIdError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_twelve_digits_and_nothing_else() {
        assert_eq!(
            "111122223333".parse::<AccountId>().unwrap().as_str(),
            "111122223333"
        );
        for text in [
            "",
            "11112222333",
            "1111222233334",
            "11112222333a",
            "１１１１",
        ] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }
}
