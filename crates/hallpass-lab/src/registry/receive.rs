//! From a request's body into an upload: in blocks, so that one is read while another is written.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::storage::{Held, MAX_BLOB_BYTES};
use crate::aws::error::ApiError;
use crate::world::World;

/// Adds the body to the upload, and gives the upload back.
///
/// When the body breaks off, what has come before is kept, for the client to go on from there.
pub(super) async fn receive(
    world: &World,
    upload: Held,
    body: &mut Body,
) -> Result<Held, ApiError> {
    let mut size = upload.size();
    let mut writing = Writing::Idle(upload);
    loop {
        let gathered = gather(&world.storage.blocks, body).await;
        let upload = writing.end().await?;
        let Some(block) = gathered? else {
            return Ok(upload);
        };
        size += block.size as u64;
        if size > MAX_BLOB_BYTES {
            return Err(too_large());
        }
        writing = Writing::start(upload, block);
    }
}

/// Adds bytes that are in memory already.
pub(super) async fn append(upload: Held, bytes: Bytes) -> Result<Held, ApiError> {
    if upload.size() + bytes.len() as u64 > MAX_BLOB_BYTES {
        return Err(too_large());
    }
    let block = Block {
        size: bytes.len(),
        parts: vec![bytes],
        _place: None,
    };
    Writing::start(upload, block).end().await
}

/// An error of the size that no layer may have.
pub(super) fn too_large() -> ApiError {
    ApiError::new(
        413,
        "RequestEntityTooLarge",
        format!("a layer has at most {MAX_BLOB_BYTES} bytes"),
    )
}

/// Bytes that wait to be written, and their place among those that may be in memory.
struct Block {
    parts: Vec<Bytes>,
    size: usize,
    _place: Option<OwnedSemaphorePermit>,
}

enum Writing {
    Idle(Held),
    // The task owns the upload: when the request goes, the block is still written whole.
    Task(JoinHandle<io::Result<Held>>),
}

impl Writing {
    fn start(mut upload: Held, block: Block) -> Self {
        Self::Task(tokio::task::spawn_blocking(move || {
            upload.append(&block.parts)?;
            drop(block);
            if let Some(flush) = upload.flush_ahead() {
                tokio::task::spawn_blocking(move || flush.run());
            }
            Ok(upload)
        }))
    }

    async fn end(self) -> Result<Held, ApiError> {
        match self {
            Self::Idle(upload) => Ok(upload),
            Self::Task(task) => match task.await {
                Ok(Ok(upload)) => Ok(upload),
                Ok(Err(error)) => Err(ApiError::internal(error.to_string())),
                Err(error) => Err(ApiError::internal(error.to_string())),
            },
        }
    }
}

/// Reads a block; nothing at the body's end. A block is shorter where the client is slow, so that a
/// client that trickles takes no place from one that does not.
async fn gather(blocks: &Arc<Semaphore>, body: &mut Body) -> Result<Option<Block>, ApiError> {
    let Some(first) = next(body, PATIENCE).await? else {
        return Ok(None);
    };
    let place = Arc::clone(blocks)
        .acquire_owned()
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let mut block = Block {
        size: first.len(),
        parts: vec![first],
        _place: Some(place),
    };
    while block.size < BLOCK {
        match tokio::time::timeout(LINGER, next(body, PATIENCE)).await {
            Ok(Ok(Some(bytes))) => {
                block.size += bytes.len();
                block.parts.push(bytes);
            }
            // An end, or a fault, is met again at the next reading.
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    Ok(Some(block))
}

/// The next bytes of a body. Dropping the wait loses none.
async fn next(body: &mut Body, patience: Duration) -> Result<Option<Bytes>, ApiError> {
    loop {
        let frame = tokio::time::timeout(patience, body.frame())
            .await
            .map_err(|_| ApiError::request_timeout())?;
        let Some(frame) = frame else {
            return Ok(None);
        };
        let frame = frame.map_err(|error| {
            ApiError::malformed_body("the body ended too early").with_detail(error.to_string())
        })?;
        if let Ok(bytes) = frame.into_data()
            && !bytes.is_empty()
        {
            return Ok(Some(bytes));
        }
    }
}

/// How much is hashed and written at a time: at this size the hand-over costs nothing that can be
/// measured, and more would only take memory. Hashing where the body is read was measured too: with
/// two processors, one of them the client's, it is slower by a fifth.
const BLOCK: usize = 128 << 10;
const LINGER: Duration = Duration::from_millis(5);
// How long a client may send nothing; how long the whole takes is its own affair.
const PATIENCE: Duration = Duration::from_secs(30);
