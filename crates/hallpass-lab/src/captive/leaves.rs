//! Certificates for the lab's hosts, made when a client first asks for one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hallpass_types::{Clock, Timestamp};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::authority::{DAY, SignError, Signer};
use super::hosts::{self, GITHUB_ISSUER_HOST, Hosts, Target};
use crate::faults::Faults;

/// The certificates, by host; no more of them than there are hosts.
pub(super) struct Leaves {
    signer: Signer,
    hosts: Arc<Hosts>,
    clock: Arc<dyn Clock>,
    faults: Arc<Faults>,
    made: Mutex<BTreeMap<String, Leaf>>,
}

struct Leaf {
    key: Arc<CertifiedKey>,
    from: Timestamp,
}

impl Leaves {
    /// None yet.
    pub(super) fn new(
        signer: Signer,
        hosts: Arc<Hosts>,
        clock: Arc<dyn Clock>,
        faults: Arc<Faults>,
    ) -> Self {
        Self {
            signer,
            hosts,
            clock,
            faults,
            made: Mutex::default(),
        }
    }

    /// The certificate for a client that asks for `name`; clients that connect by address ask for
    /// none.
    fn certificate(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let name = hosts::normal(name.unwrap_or(LOOPBACK));
        if name != LOOPBACK && self.hosts.target(&name).is_none() {
            return None;
        }
        let now = self.clock.now();
        let service = self.service(&name);
        if self.faults.has_expired_certificate(service) {
            let expired = self.sign(&name, now - VALIDITY, now - DAY);
            return expired.ok().map(Arc::new);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = made.get(&name).filter(|leaf| leaf.is_fresh(now)) {
            return Some(Arc::clone(&leaf.key));
        }
        let key = Arc::new(self.make(&name, now).ok()?);
        made.insert(
            name,
            Leaf {
                key: Arc::clone(&key),
                from: now,
            },
        );
        Some(key)
    }

    /// The service that stands behind a name.
    fn service<'n>(&self, name: &'n str) -> &'n str {
        match self.hosts.target(name) {
            None => "kubernetes",
            Some(Target::Aws) => aws_service(name),
            Some(Target::Cluster) => "issuer",
            Some(Target::Github) if name == GITHUB_ISSUER_HOST => "github-issuer",
            Some(Target::Github) => "github",
            Some(Target::Registry) => "registry",
        }
    }

    fn make(&self, name: &str, now: Timestamp) -> Result<CertifiedKey, SignError> {
        self.sign(name, now - DAY, now + VALIDITY)
    }

    fn sign(
        &self,
        name: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<CertifiedKey, SignError> {
        let names: &[&str] = if name == LOOPBACK {
            &[LOOPBACK, "127.0.0.1", "::1"]
        } else {
            &[name]
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.signer.sign(names, from, until)
    }
}

impl Leaf {
    /// Whether to go on using it. A clock that was set back makes a certificate stale, too.
    fn is_fresh(&self, now: Timestamp) -> bool {
        now >= self.from && now < self.from + RENEWAL
    }
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate(hello.server_name())
    }
}

impl std::fmt::Debug for Leaves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaves")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// `sts-fips.us-west-2.amazonaws.com`, `api.ecr.us-west-2.amazonaws.com`.
fn aws_service(host: &str) -> &str {
    let host = host.strip_prefix("api.").unwrap_or(host);
    let label = host.split('.').next().unwrap_or_default();
    label.strip_suffix("-fips").unwrap_or(label)
}

const LOOPBACK: &str = "localhost";
const VALIDITY: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);
// Long before it ends: a connection may stay for long.
const RENEWAL: jiff::SignedDuration = jiff::SignedDuration::from_hours(60 * 24);
