//! OpenID Connect issuer URLs.

use std::fmt;
use std::str::FromStr;

/// An issuer's URL, exactly as tokens carry it in `iss`.
///
/// IAM compares issuers byte for byte, so nothing is normalised. Sources: OpenID Connect Core 1.0
/// section 2 (`iss`: https, no query, no fragment); IAM `CreateOpenIDConnectProvider` (no port, at
/// most 255 characters). A port is admitted here because the lab's issuers live on loopback; the
/// caller that talks to IAM asks [`IssuerUrl::has_port`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerUrl(String);

impl IssuerUrl {
    /// The URL as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL without `https://`: the prefix of condition keys, and the name of the IAM provider.
    pub fn without_scheme(&self) -> &str {
        self.0.strip_prefix(SCHEME).unwrap_or(&self.0)
    }

    /// Host, and port where there is one.
    pub fn authority(&self) -> &str {
        let rest = self.without_scheme();
        rest.split_once('/')
            .map_or(rest, |(authority, _)| authority)
    }

    /// Whether the authority names a port.
    pub fn has_port(&self) -> bool {
        self.authority().contains(':')
    }

    /// Where the discovery document is (OpenID Connect Discovery 1.0, section 4).
    pub fn discovery_url(&self) -> String {
        format!(
            "{}/.well-known/openid-configuration",
            self.0.trim_end_matches('/')
        )
    }
}

impl FromStr for IssuerUrl {
    type Err = IssuerUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(IssuerUrlError::Scheme(text.to_owned()));
        };
        if text.len() > MAX_LENGTH {
            return Err(IssuerUrlError::TooLong(text.len()));
        }
        if rest.contains(['?', '#']) {
            return Err(IssuerUrlError::QueryOrFragment(text.to_owned()));
        }
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty()
            || !text.bytes().all(|byte| byte.is_ascii_graphic())
            || rest.contains('@')
        {
            return Err(IssuerUrlError::Host(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const SCHEME: &str = "https://";
const MAX_LENGTH: usize = 255;

/// A text that is not an issuer URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerUrlError {
    /// No host, user-info, or characters that no URL has.
    #[error("`{0}` is not an issuer URL: it takes a host, and no spaces or user-info")]
    Host(String),
    /// A query or a fragment.
    #[error("`{0}` is not an issuer URL: it takes neither query nor fragment")]
    QueryOrFragment(String),
    /// Another scheme than https.
    #[error("`{0}` is not an issuer URL: it must begin with `https://`")]
    Scheme(String),
    /// Longer than IAM takes.
    #[error("the issuer URL has {0} characters: IAM takes at most 255")]
    TooLong(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_text_as_written() {
        let url: IssuerUrl = "https://oidc.eks.us-west-2.amazonaws.com/id/AB12"
            .parse()
            .unwrap();
        assert_eq!(
            url.without_scheme(),
            "oidc.eks.us-west-2.amazonaws.com/id/AB12"
        );
        assert_eq!(url.authority(), "oidc.eks.us-west-2.amazonaws.com");
        assert!(!url.has_port());
        let slash: IssuerUrl = "https://a.example/b/".parse().unwrap();
        assert_eq!(
            slash.discovery_url(),
            "https://a.example/b/.well-known/openid-configuration"
        );
        assert_eq!(slash.as_str(), "https://a.example/b/");
    }

    #[test]
    fn refuses_what_no_token_may_carry() {
        for text in [
            "",
            "http://a",
            "https://",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a b",
        ] {
            assert!(text.parse::<IssuerUrl>().is_err(), "{text}");
        }
    }
}
