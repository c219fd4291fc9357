//! Digests: what a blob or manifest is named by.
//!
//! Source: OCI Image Specification, "Descriptors", digests. ECR takes SHA-256 only.

use std::fmt;

use aws_lc_rs::digest;

/// `sha256:` and 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest(String);

impl Digest {
    /// Reads a digest; nothing if it has another form or algorithm.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix(PREFIX)?;
        let is_hex = hex
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        (hex.len() == HEX_LENGTH && is_hex).then(|| Self(text.to_owned()))
    }

    /// The digest of some bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::of_hash(digest::digest(&digest::SHA256, bytes))
    }

    /// The digest that a finished hash makes.
    pub(super) fn of_hash(hash: digest::Digest) -> Self {
        Self(format!("{PREFIX}{}", hex::encode(hash)))
    }

    /// With its algorithm.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The hexadecimal digits alone.
    pub(super) fn hex(&self) -> &str {
        self.0.strip_prefix(PREFIX).unwrap_or_default()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const PREFIX: &str = "sha256:";
const HEX_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_form() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert_eq!(Digest::parse(empty), Some(Digest::of(b"")));
        for wrong in [
            "",
            "sha256:",
            "sha256:short",
            &empty.to_uppercase(),
            &empty.replace("sha256", "sha512"),
            &format!("{empty}0"),
            &empty.replace("e3b0", "../."),
        ] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
