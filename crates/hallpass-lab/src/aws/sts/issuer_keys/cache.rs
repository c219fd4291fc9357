//! The keys of all issuers that tokens have named: which are kept, and when they are fetched.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use hallpass_oidc::KeySet;
use hallpass_types::Timestamp;
use rustls_pki_types::CertificateDer;

use super::address::Routes;
use super::error::FetchError;
use super::fetch::Fetcher;
use super::slot::Slot;
use crate::error::LabError;

/// The keys of all issuers that tokens have named.
#[derive(Debug)]
pub(crate) struct IssuerKeys {
    pub(super) fetcher: Fetcher,
    pub(super) slots: RwLock<BTreeMap<String, Arc<Slot>>>,
}

impl IssuerKeys {
    /// Trusts certificates under these roots, and no others.
    pub(crate) fn new(roots: Vec<CertificateDer<'static>>) -> Result<Self, LabError> {
        Ok(Self {
            fetcher: Fetcher::new(roots, Routes::default())?,
            slots: RwLock::default(),
        })
    }

    /// Leads a host name (the lab's own issuer) to an address.
    pub(crate) fn route(&self, host: &str, address: SocketAddr) {
        self.fetcher.routes().add(host, address);
    }

    /// The keys of an issuer: those that are kept, as long as they are fresh and the key that the
    /// token names is among them; else fetched.
    pub(in crate::aws::sts) async fn keys(
        &self,
        issuer: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, FetchError> {
        let slot = self.slot(issuer);
        match slot.kept(kid, now) {
            Some(keys) => Ok(keys),
            None => slot.refresh(kid, now, self.fetcher.fetch(issuer)).await,
        }
    }

    fn slot(&self, issuer: &str) -> Arc<Slot> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(issuer) {
            return Arc::clone(slot);
        }
        drop(slots);
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_ISSUERS && !slots.contains_key(issuer) {
            let oldest = slots
                .iter()
                .min_by_key(|(_, slot)| slot.fetched())
                .map(|(issuer, _)| issuer.clone());
            if let Some(oldest) = oldest {
                slots.remove(&oldest);
            }
        }
        Arc::clone(slots.entry(issuer.to_owned()).or_default())
    }
}

/// An account has at most 700 providers (IAM quotas), and only their issuers get here; deleted ones
/// leave their keys behind.
pub(super) const MAX_ISSUERS: usize = 1000;
