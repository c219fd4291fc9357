//! What a running cluster holds in memory: its keys, ready to sign, and the tokens that it keeps fresh.

use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwapOption;
use rustls_pki_types::CertificateDer;

use super::discovery::OpenApiCache;
use super::error::ClusterError;
use super::history::History;
use super::keys::KeyRing;
use super::resources::{Registry, RegistryCache};
use super::volumes::TokenFiles;
use crate::store::State;

/// The cluster's memory; filled at the start of the lab.
#[derive(Debug, Default)]
pub(crate) struct ClusterMemory {
    keys: ArcSwapOption<KeyRing>,
    /// Held by who makes another key sign: two at once would lose one.
    pub(super) rotation: tokio::sync::Mutex<()>,
    pub(super) token_files: Mutex<TokenFiles>,
    pub(super) due: super::volumes::Due,
    registry: RegistryCache,
    pub(super) openapi: OpenApiCache,
    /// What has happened to the objects of late.
    pub(super) history: Arc<History>,
    /// The certificate under which the cluster's own is, as PEM.
    root_certificate: OnceLock<String>,
    /// The roots that webhooks without a bundle of their own must be under.
    trusted: OnceLock<Vec<CertificateDer<'static>>>,
    /// Held by who brings runner objects their pods: two at once would make too many.
    pub(super) settling: tokio::sync::Mutex<()>,
}

impl ClusterMemory {
    /// The keys in force.
    pub(super) fn keys(&self) -> Result<Arc<KeyRing>, ClusterError> {
        self.keys
            .load_full()
            .ok_or_else(|| ClusterError::Record("the lab has not started yet".to_owned()))
    }

    /// What the cluster of this state serves.
    pub(super) fn registry(&self, state: &State) -> Arc<Registry> {
        self.registry.of(state)
    }

    /// The certificate under which the cluster's own is, as PEM.
    pub(super) fn root_certificate(&self) -> &str {
        self.root_certificate.get().map_or("", String::as_str)
    }

    /// Tells the certificate under which the cluster's own is; once.
    pub(super) fn set_root_certificate(&self, pem: String) {
        let _ = self.root_certificate.set(pem);
    }

    /// The roots that webhooks without a bundle of their own must be under.
    pub(super) fn trusted(&self) -> &[CertificateDer<'static>] {
        self.trusted.get().map_or(&[], Vec::as_slice)
    }

    /// Tells what the lab trusts; once.
    pub(crate) fn trust(&self, roots: Vec<CertificateDer<'static>>) {
        let _ = self.trusted.set(roots);
    }

    /// Puts other keys in force.
    pub(super) fn set_keys(&self, keys: KeyRing) {
        self.keys.store(Some(Arc::new(keys)));
    }
}
