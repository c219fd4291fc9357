//! The proxy: `CONNECT` to the lab's own hosts, and nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{Method, Request, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::authority::Authority;
use super::door::{Door, Routers, refusal};
use super::hosts::{Hosts, Target};
use crate::faults::Cut;
use crate::listen::{self, Peer};

/// Serves the proxy.
pub(crate) async fn serve_proxy(
    listener: TcpListener,
    authority: Arc<Authority>,
    routers: Routers,
    stop: watch::Receiver<bool>,
) {
    let door = Arc::new(Door::new(&authority, routers, stop.clone()));
    listen::accept(listener, stop, move |stream, address| {
        serve(Arc::clone(&door), stream, address)
    })
    .await;
}

/// Serves one client: first as a proxy, and once it is through, as the host that it called.
async fn serve(door: Arc<Door>, stream: Cut, address: SocketAddr) {
    let peer = Peer {
        address,
        is_tls: false,
    };
    // The tunnel is served here and not by a task of its own, so that the limit on connections and
    // the lab's end hold for it.
    let tunnel = Arc::new(Mutex::new(None));
    let (opened, hosts) = (Arc::clone(&tunnel), Arc::clone(&door.hosts));
    let answer = move |request: Request<Body>| {
        let response = if let Some(called) = connect(&hosts, request) {
            *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(called);
            StatusCode::OK.into_response()
        } else {
            refusal(StatusCode::FORBIDDEN, &hosts)
        };
        std::future::ready(Ok::<_, Infallible>(response))
    };
    listen::serve_with(stream, peer, answer, door.stop.clone()).await;
    let called = tunnel.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(Tunnel { target, upgrade }) = called
        && let Ok(stream) = upgrade.await
    {
        door.serve(TokioIo::new(stream), address, Some(target))
            .await;
    }
}

/// A tunnel that was granted.
pub(super) struct Tunnel {
    target: Target,
    upgrade: OnUpgrade,
}

/// Grants a tunnel to a request that calls a host of the lab.
pub(super) fn connect(hosts: &Hosts, mut request: Request<Body>) -> Option<Tunnel> {
    let target = (request.method() == Method::CONNECT)
        .then(|| request.uri().authority())
        .flatten()
        .and_then(|authority| target_of(hosts, authority.as_str()))?;
    Some(Tunnel {
        target,
        upgrade: hyper::upgrade::on(&mut request),
    })
}

/// What `host:port` calls. User information, which has no place there, makes it no host of ours.
pub(super) fn target_of(hosts: &Hosts, authority: &str) -> Option<Target> {
    let host = authority.strip_suffix(":443")?;
    hosts.target(host)
}
