//! Accepting connections: loopback only, bounded in number, in headers and in patience.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;

use crate::error::LabError;
use crate::faults::{Cut, HasSwitch, ResetConnection};

/// Who is at the other end, put into each request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub(crate) address: SocketAddr,
    /// Whether the connection is encrypted (`aws:SecureTransport`).
    pub(crate) is_tls: bool,
}

/// Binds a loopback port; 0 takes any free one.
pub(crate) fn bind(port: u16) -> Result<(TcpListener, SocketAddr), LabError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let fault = |source| LabError::Listen { address, source };
    let socket = TcpSocket::new_v4().map_err(fault)?;
    // A lab that is started again must not wait for the connections of the one before.
    socket.set_reuseaddr(true).map_err(fault)?;
    socket.bind(address).map_err(fault)?;
    let listener = socket.listen(BACKLOG).map_err(fault)?;
    let bound = listener.local_addr().map_err(fault)?;
    Ok((listener, bound))
}

/// Accepts connections until the lab stops, and gives each to `handle`.
pub(crate) async fn accept<H, F>(listener: TcpListener, mut stop: watch::Receiver<bool>, handle: H)
where
    H: Fn(Cut, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // Past the limit, connections wait in the kernel's queue: slow, but never out of memory.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        match accepted {
            Ok((stream, address)) => {
                // Small answers must not wait for the client's delayed acknowledgement.
                let _ = stream.set_nodelay(true);
                let work = handle(Cut::new(stream), address);
                tokio::spawn(async move {
                    work.await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely: let some close.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Completes a TLS handshake; nothing when the client does not manage one in time.
pub(crate) async fn handshake<IO>(acceptor: TlsAcceptor, stream: IO) -> Option<TlsStream<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    tokio::time::timeout(HEADER_PATIENCE, acceptor.accept(stream))
        .await
        .ok()?
        .ok()
}

/// Waits until the lab stops.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// Serves HTTP/1.1 on one connection.
pub(crate) async fn serve<IO>(stream: IO, peer: Peer, router: Router, stop: watch::Receiver<bool>)
where
    IO: AsyncRead + AsyncWrite + HasSwitch + Unpin + Send + 'static,
{
    let answer = move |request| router.clone().oneshot(request);
    serve_with(stream, peer, answer, stop).await;
}

/// Serves HTTP/1.1 on one connection, each request by `answer`. Ends early where the client
/// upgrades to another protocol.
pub(crate) async fn serve_with<IO, H, F>(
    stream: IO,
    peer: Peer,
    answer: H,
    mut stop: watch::Receiver<bool>,
) where
    IO: AsyncRead + AsyncWrite + HasSwitch + Unpin + Send + 'static,
    H: Fn(Request<Body>) -> F,
    F: Future<Output = Result<Response, Infallible>>,
{
    let switch = stream.switch();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        let (answer, switch) = (answer(request), switch.clone());
        async move {
            let response = answer.await.map_err(|error| match error {})?;
            if response.extensions().get::<ResetConnection>().is_none() {
                return Ok(response);
            }
            if let Some(switch) = switch {
                switch.throw();
            }
            // A service that fails ends its connection without an answer.
            Err(ResetAsAsked)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        // A broken connection is the client's affair.
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(STOP_PATIENCE, connection).await;
        }
    }
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("reset, as asked for as a fault")]
struct ResetAsAsked;

// Two hundred jobs may start in one instant; a connection that finds the queue full is tried again by
// its kernel a second later. Linux caps it at `net.core.somaxconn`, 4,096 by default.
const BACKLOG: u32 = 4096;
// Each idle connection costs a few kilobytes.
const MAX_CONNECTIONS: usize = 16_384;
// A presigned URL with a session token is some 4 KiB; nothing honest is near this.
const MAX_HEADER_BYTES: usize = 64 << 10;
// Also how long an idle connection is kept.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);
// A push in flight may end; a client that hangs may not keep the lab.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
