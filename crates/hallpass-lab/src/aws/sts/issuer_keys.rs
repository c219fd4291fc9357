//! Keys of issuers, fetched over HTTPS from loopback and cached. Stub.
use crate::error::LabError;
use hallpass_oidc::KeySet;
use hallpass_types::Timestamp;
use rustls_pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;
#[derive(Debug)]
pub(crate) struct IssuerKeys;
impl IssuerKeys {
    pub(crate) fn new(_roots: Vec<CertificateDer<'static>>) -> Result<Self, LabError> {
        unimplemented!()
    }
    /// Leads a host name (the lab's own issuer) to an address.
    pub(crate) fn route(&self, _host: &str, _address: SocketAddr) {
        unimplemented!()
    }
    pub(super) async fn keys(
        &self,
        _issuer: &str,
        _kid: Option<&str>,
        _now: Timestamp,
    ) -> Result<Arc<KeySet>, FetchError> {
        unimplemented!()
    }
}
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("")]
    Unreachable { url: String, reason: String },
    #[error("")]
    Unusable { url: String, reason: String },
}
