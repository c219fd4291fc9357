//! Where TLS ends, and requests find what they are for.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::{Request, StatusCode, header};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::authority::Authority;
use super::hosts::{Hosts, Target};
use crate::faults::HasSwitch;
use crate::listen::{self, Peer};

/// What stands behind the host names.
#[derive(Clone, Debug)]
pub(crate) struct Routers {
    pub(crate) aws: Router,
    pub(crate) registry: Router,
    pub(crate) cluster: Router,
    pub(crate) github: Router,
}

impl Routers {
    const fn of(&self, target: Target) -> &Router {
        match target {
            Target::Aws => &self.aws,
            Target::Registry => &self.registry,
            Target::Cluster => &self.cluster,
            Target::Github => &self.github,
        }
    }
}

/// Serves TLS to clients that a hosts entry leads here.
pub(crate) async fn serve_https(
    listener: TcpListener,
    authority: Arc<Authority>,
    routers: Routers,
    stop: watch::Receiver<bool>,
) {
    let door = Arc::new(Door::new(&authority, routers, stop.clone()));
    listen::accept(listener, stop, move |stream, address| {
        Arc::clone(&door).serve(stream, address, None)
    })
    .await;
}

/// The door.
pub(super) struct Door {
    acceptor: TlsAcceptor,
    pub(super) hosts: Arc<Hosts>,
    routers: Routers,
    pub(super) stop: watch::Receiver<bool>,
}

impl Door {
    /// A door under the names of `authority`.
    pub(super) fn new(
        authority: &Authority,
        routers: Routers,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            acceptor: TlsAcceptor::from(authority.server_config()),
            hosts: Arc::clone(authority.hosts()),
            routers,
            stop,
        }
    }

    /// Serves a connection. It is for the host that the handshake names, or else for `called`.
    pub(super) async fn serve<IO>(
        self: Arc<Self>,
        stream: IO,
        address: SocketAddr,
        called: Option<Target>,
    ) where
        IO: AsyncRead + AsyncWrite + HasSwitch + Unpin + Send + 'static,
    {
        let Some(stream) = listen::handshake(self.acceptor.clone(), stream).await else {
            return;
        };
        let (_, connection) = stream.get_ref();
        let named = connection.server_name();
        let target = named.and_then(|name| self.hosts.target(name)).or(called);
        let peer = Peer {
            address,
            is_tls: true,
        };
        let stop = self.stop.clone();
        let answer = move |request| Arc::clone(&self).answer(request, target);
        listen::serve_with(stream, peer, answer, stop).await;
    }

    /// Answers a request that came for `target`, or, where the connection named none, for whatever
    /// it names itself. The names must agree: behind one host's certificate there is no other host.
    async fn answer(
        self: Arc<Self>,
        request: Request<Body>,
        target: Option<Target>,
    ) -> Result<Response, Infallible> {
        let named = host_of(&request).and_then(|host| self.hosts.target(host));
        match named {
            Some(named) if target.is_none_or(|target| target == named) => {
                self.routers.of(named).clone().oneshot(request).await
            }
            Some(_) | None => Ok(refusal(StatusCode::MISDIRECTED_REQUEST, &self.hosts)),
        }
    }
}

/// The host that a request names, which the target's does before the `Host` field (RFC 9112,
/// section 3.2.2).
pub(super) fn host_of(request: &Request<Body>) -> Option<&str> {
    if let Some(host) = request.uri().host() {
        return Some(host);
    }
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(host),
        Some(_) | None => Some(host),
    }
}

/// Says what the lab answers for, to somebody who wanted something else.
pub(super) fn refusal(status: StatusCode, hosts: &Hosts) -> Response {
    let mut text = "the hallpass lab forwards nothing, and answers on port 443 for:\n".to_owned();
    for name in hosts.names() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name}");
    }
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        text,
    )
        .into_response()
}
