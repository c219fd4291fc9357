//! Captive mode. Stub.
use crate::error::LabError;
use crate::world::World;
use axum::Router;
use hallpass_types::Clock;
use rustls_pki_types::CertificateDer;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
#[derive(Debug)]
pub(crate) struct Authority;
impl Authority {
    pub(crate) fn open(_folder: &Path, _clock: &dyn Clock) -> Result<Self, LabError> {
        unimplemented!()
    }
    pub(crate) fn certificate_der(&self) -> CertificateDer<'static> {
        unimplemented!()
    }
    pub(crate) fn certificate_pem(&self) -> &str {
        unimplemented!()
    }
    pub(crate) fn server_config(&self) -> Arc<rustls::ServerConfig> {
        unimplemented!()
    }
}
#[derive(Clone, Debug)]
pub(crate) struct Routers {
    pub(crate) aws: Router,
    pub(crate) registry: Router,
    pub(crate) cluster: Router,
}
pub(crate) async fn serve_proxy(
    _l: TcpListener,
    _a: Arc<Authority>,
    _w: Arc<World>,
    _r: Routers,
    _s: watch::Receiver<bool>,
) {
    unimplemented!()
}
pub(crate) async fn serve_https(
    _l: TcpListener,
    _a: Arc<Authority>,
    _w: Arc<World>,
    _r: Routers,
    _s: watch::Receiver<bool>,
) {
    unimplemented!()
}
