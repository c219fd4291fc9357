//! The cluster's port: TLS that asks for a client certificate and does without one.

use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::access::{CertificateUser, ClientAuthority};
use crate::captive::Authority;
use crate::error::LabError;
use crate::listen::{self, Peer};
use crate::world::World;

/// How connections to the cluster's port are taken.
pub(crate) fn acceptor(world: &World, authority: &Authority) -> Result<TlsAcceptor, LabError> {
    let clients = ClientAuthority::open(&world.folder, world.clock.machine())?;
    let config = clients.server_config(authority)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves the cluster's port.
pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let each = stop.clone();
    listen::accept(listener, stop, move |stream, address| {
        let (acceptor, router, each) = (acceptor.clone(), router.clone(), each.clone());
        async move {
            let peer = Peer {
                address,
                is_tls: true,
            };
            let Some(stream) = listen::handshake(acceptor, stream).await else {
                return;
            };
            let (_, connection) = stream.get_ref();
            let user = connection
                .peer_certificates()
                .and_then(|chain| CertificateUser::of(chain.first()?));
            let answer = move |mut request: http::Request<axum::body::Body>| {
                if let Some(user) = &user {
                    request.extensions_mut().insert(user.clone());
                }
                router.clone().oneshot(request)
            };
            listen::serve_with(stream, peer, answer, each).await;
        }
    })
    .await;
}
