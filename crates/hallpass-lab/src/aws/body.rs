//! Request bodies: bounded one by one, bounded together, and not waited for for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;

use super::error::ApiError;

/// The memory that bodies in the making may take together.
#[derive(Debug, Default)]
pub(crate) struct BodyBudget(AtomicUsize);

impl BodyBudget {
    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read(&self, body: Body, limit: usize) -> Result<Bytes, ApiError> {
        tokio::time::timeout(PATIENCE, self.collect(body, limit))
            .await
            .unwrap_or_else(|_| Err(ApiError::request_timeout()))
    }

    async fn collect(&self, mut body: Body, limit: usize) -> Result<Bytes, ApiError> {
        // A body that says how long it is, is refused before a byte of it is kept.
        if body.size_hint().lower() > limit as u64 {
            drain(&mut body, MAX_DRAINED, DRAIN_SILENCE).await;
            return Err(ApiError::too_large(limit));
        }
        let mut share = Share {
            budget: self,
            taken: 0,
        };
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ApiError::malformed_body("the body ended too early"))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if whole.len() + data.len() > limit {
                drop(whole);
                drain(&mut body, MAX_DRAINED, DRAIN_SILENCE).await;
                return Err(ApiError::too_large(limit));
            }
            share.take(data.len())?;
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }
}

/// Reads on to the end of a refused body and keeps nothing of it; whether the end was met. A client
/// that is still sending when the connection closes sees a broken connection, and not the answer that
/// says why. It gives up after `most` bytes, and where nothing comes for `silence`.
pub(crate) async fn drain(body: &mut Body, most: u64, silence: Duration) -> bool {
    let mut left = most;
    loop {
        match tokio::time::timeout(silence, body.frame()).await {
            Err(_) => return false,
            Ok(None | Some(Err(_))) => return true,
            Ok(Some(Ok(frame))) => {
                let size = frame.data_ref().map_or(0, Bytes::len) as u64;
                match left.checked_sub(size) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
        }
    }
}

/// What one request has taken of the budget; given back when it is dropped.
struct Share<'a> {
    budget: &'a BodyBudget,
    taken: usize,
}

impl Share<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.taken += bytes;
        let together = self.budget.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if together > MAX_TOGETHER {
            return Err(ApiError::unavailable());
        }
        Ok(())
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

// Three of the largest bodies at once (an ECR layer part), or some sixty thousand small ones.
const MAX_TOGETHER: usize = 96 << 20;
// The slowest honest client sends a policy document in far less.
const PATIENCE: Duration = Duration::from_secs(20);
// The largest body that an honest client sends by mistake; what is longer may see a broken connection.
const MAX_DRAINED: u64 = 32 << 20;
// Loopback: who is still sending is not silent for longer.
const DRAIN_SILENCE: Duration = Duration::from_millis(250);
