//! Names of Kubernetes service accounts.

use std::fmt;
use std::str::FromStr;

/// A service account: namespace and name.
///
/// Source: Kubernetes API concepts, "Object Names and IDs" (namespaces are DNS labels of RFC 1123,
/// service accounts DNS subdomains).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceAccountName {
    namespace: String,
    name: String,
}

impl ServiceAccountName {
    /// Builds the name from its two parts.
    pub fn new(namespace: &str, name: &str) -> Result<Self, ServiceAccountNameError> {
        if is_dns_name(namespace, 63, false) && is_dns_name(name, 253, true) {
            Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            })
        } else {
            Err(ServiceAccountNameError(format!("{namespace}/{name}")))
        }
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The service account's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `sub` of its tokens: `system:serviceaccount:NAMESPACE:NAME`.
    pub fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl FromStr for ServiceAccountName {
    type Err = ServiceAccountNameError;

    /// Reads `NAMESPACE/NAME`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .ok_or_else(|| ServiceAccountNameError(text.to_owned()))
            .and_then(|(namespace, name)| Self::new(namespace, name))
    }
}

impl fmt::Display for ServiceAccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

fn is_dns_name(text: &str, max: usize, dots: bool) -> bool {
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = text.as_bytes();
    bytes.len() <= max
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || *byte == b'-'
                || (dots && *byte == b'.')
        })
}

/// A text that names no service account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a service account: it takes NAMESPACE/NAME in lower-case letters, digits, `-` and, in the name, `.`"
)]
pub struct ServiceAccountNameError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_namespace_and_name() {
        let account: ServiceAccountName = "actions/runner.a-1".parse().unwrap();
        assert_eq!(
            account.subject(),
            "system:serviceaccount:actions:runner.a-1"
        );
        assert_eq!(account.to_string(), "actions/runner.a-1");
        for text in ["", "a", "/a", "a/", "A/b", "a.b/c", "a/b:c", "-a/b"] {
            assert!(text.parse::<ServiceAccountName>().is_err(), "{text}");
        }
    }
}
