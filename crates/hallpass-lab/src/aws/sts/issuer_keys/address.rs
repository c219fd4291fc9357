//! Where a URL leads: to loopback, or nowhere.
//!
//! **Nothing here resolves names.** The lab's own issuer bears a name of AWS's, and is routed to the
//! lab; every other host must be loopback by its very name.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{PoisonError, RwLock};

use http::Uri;
use rustls_pki_types::ServerName;

/// Host names that lead to addresses of the lab.
#[derive(Debug, Default)]
pub(crate) struct Routes(RwLock<BTreeMap<String, SocketAddr>>);

/// What is needed to ask for a URL.
#[derive(Debug)]
pub(crate) struct Target {
    /// The addresses to try, in this order.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Whose certificate the other end must show.
    pub(crate) server: ServerName<'static>,
    /// The `Host` header.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Routes {
    /// Leads a host name to an address.
    pub(super) fn add(&self, host: &str, address: SocketAddr) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        routes.insert(host.to_ascii_lowercase(), address);
    }

    /// Where the URL leads; the error says in words why it leads nowhere.
    pub(crate) fn target(&self, url: &str) -> Result<Target, String> {
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("it is no URL: {error}"))?;
        let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("it is no https URL".to_owned());
        };
        if authority.as_str().contains('@') {
            return Err("its host has user-info".to_owned());
        }
        let host = authority.host().to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let server = ServerName::try_from(bare.to_owned())
            .map_err(|_| format!("`{host}` is no host name"))?;
        Ok(Target {
            addresses: self.addresses(&host, authority.port_u16().unwrap_or(HTTPS))?,
            server,
            authority: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }

    fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
        let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = routes.get(host) {
            return Ok(vec![*address]);
        }
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        match host {
            "127.0.0.1" => Ok(vec![v4]),
            "[::1]" => Ok(vec![v6]),
            "localhost" => Ok(vec![v4, v6]),
            _ => Err(format!(
                "the lab connects to loopback only, and `{host}` is neither localhost nor the lab's own issuer"
            )),
        }
    }
}

const HTTPS: u16 = 443;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(url: &str) -> Result<Vec<String>, String> {
        let routes = Routes::default();
        routes.add(
            "oidc.eks.us-west-2.amazonaws.com",
            "127.0.0.1:7777".parse().unwrap(),
        );
        let target = routes.target(url)?;
        Ok(target.addresses.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn leads_to_loopback() {
        let target = Routes::default()
            .target("https://LocalHost:8443/id/a?b")
            .unwrap();
        assert_eq!(
            (target.authority.as_str(), target.path.as_str()),
            ("LocalHost:8443", "/id/a?b")
        );
        for (url, wanted) in [
            ("https://localhost", vec!["127.0.0.1:443", "[::1]:443"]),
            ("https://127.0.0.1:9/x", vec!["127.0.0.1:9"]),
            ("https://[::1]:9/x", vec!["[::1]:9"]),
            (
                "https://oidc.eks.us-west-2.amazonaws.com/id/A",
                vec!["127.0.0.1:7777"],
            ),
            (
                "https://OIDC.eks.us-west-2.amazonaws.com/id/A",
                vec!["127.0.0.1:7777"],
            ),
        ] {
            assert_eq!(addresses(url).unwrap(), wanted, "{url}");
        }
    }

    #[test]
    fn leads_nowhere_else() {
        for url in [
            "https://example.com/",
            "https://localhost.example.com/",
            "https://localhost@example.com/",
            "https://example.com@localhost/",
            "https://10.0.0.1/",
            "https://127.0.0.2/",
            "https://0.0.0.0/",
            "https://2130706433/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "http://localhost/",
            "ftp://localhost/",
            "localhost",
            "https://",
            "",
        ] {
            assert!(addresses(url).is_err(), "{url}");
        }
    }
}
