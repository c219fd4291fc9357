//! A connection that can be cut: the client sees a reset, not an end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Cuts the connection that it belongs to when it is thrown.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResetSwitch(Arc<AtomicBool>);

impl ResetSwitch {
    /// Throws it.
    pub(crate) fn throw(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A TCP connection that its switch resets. What was not sent yet is lost.
#[derive(Debug)]
pub(crate) struct Cut {
    stream: TcpStream,
    switch: ResetSwitch,
}

impl Cut {
    /// The connection, whole.
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            switch: ResetSwitch::default(),
        }
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        if self.switch.0.load(Ordering::Acquire) {
            // Closing a socket that lingers for no time sends RST (RFC 9293, section 3.10.4, ABORT).
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Cut {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cut {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A connection, or what stands on one.
pub(crate) trait HasSwitch {
    /// The switch of the connection below; none through a proxy, whose tunnel just ends.
    fn switch(&self) -> Option<ResetSwitch>;
}

impl HasSwitch for Cut {
    fn switch(&self) -> Option<ResetSwitch> {
        Some(self.switch.clone())
    }
}

impl<IO: HasSwitch> HasSwitch for TlsStream<IO> {
    fn switch(&self) -> Option<ResetSwitch> {
        self.get_ref().0.switch()
    }
}

impl HasSwitch for TokioIo<Upgraded> {
    fn switch(&self) -> Option<ResetSwitch> {
        None
    }
}
