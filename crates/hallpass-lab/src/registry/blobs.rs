//! Blobs: is it there, and what is in it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http::request::Parts;
use http::{StatusCode, header};

use super::answer::{CONTENT_DIGEST, respond};
use super::digest::Digest;
use super::error::RegistryError;
use super::names::RepositoryName;
use super::range::{Wish, wish};
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::front::header as header_text;
use crate::store::records::RepositoryBlob;

/// `HEAD`: what a push asks before it uploads a layer.
pub(super) fn head(
    call: &mut Call,
    name: &RepositoryName,
    digest: &str,
) -> Result<Response, RegistryError> {
    call.repository("ecr:BatchCheckLayerAvailability", name)?;
    let digest = parse(digest)?;
    let blob = held(call, name, &digest).ok_or_else(RegistryError::blob_unknown)?;
    Ok(respond(
        StatusCode::OK,
        [
            (header::CONTENT_LENGTH, blob.size.to_string()),
            (header::CONTENT_TYPE, BLOB_TYPE.to_owned()),
            (header::ACCEPT_RANGES, "bytes".to_owned()),
            (CONTENT_DIGEST, digest.to_string()),
        ],
        Body::empty(),
    ))
}

/// `GET`: a layer or config, or a part of it.
pub(super) async fn get(
    call: &mut Call,
    name: &RepositoryName,
    digest: &str,
    parts: &Parts,
) -> Result<Response, RegistryError> {
    call.repository("ecr:GetDownloadUrlForLayer", name)?;
    let digest = parse(digest)?;
    serve(call, name, &digest, parts).await
}

/// The bytes of a blob that the repository holds.
pub(super) async fn serve(
    call: &Call,
    name: &RepositoryName,
    digest: &Digest,
    parts: &Parts,
) -> Result<Response, RegistryError> {
    let blob = held(call, name, digest).ok_or_else(RegistryError::blob_unknown)?;
    let file = call
        .world
        .storage
        .blob(digest)
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let size = blob.size;
    let (status, first, length) = match wish(header_text(parts, "range"), size) {
        Wish::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wish::Whole => (StatusCode::OK, 0, size),
        Wish::Unsatisfiable => {
            return Err(RegistryError::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "SIZE_INVALID",
                "the range is beyond the blob's end",
            )
            .with_header(header::CONTENT_RANGE, format!("bytes */{size}")));
        }
    };
    let mut headers = vec![
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_TYPE, BLOB_TYPE.to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_DIGEST, digest.to_string()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        let last = first + length - 1;
        headers.push((
            header::CONTENT_RANGE,
            format!("bytes {first}-{last}/{size}"),
        ));
    }
    Ok(respond(status, headers, stream(file, first, length)))
}

/// Reads a digest out of a path or query.
pub(super) fn parse(digest: &str) -> Result<Digest, RegistryError> {
    Digest::parse(digest).ok_or_else(|| {
        RegistryError::digest_invalid("the digest is not `sha256:` and 64 hexadecimal digits")
    })
}

/// The repository's record of a blob.
pub(crate) fn held(
    call: &Call,
    name: &RepositoryName,
    digest: &Digest,
) -> Option<Arc<RepositoryBlob>> {
    let key = RepositoryBlob::key_of(name.as_str(), digest.as_str());
    call.store().read(|state| state.blobs.get(&key).cloned())
}

/// A part of a file, read block by block as the client takes it.
fn stream(file: File, first: u64, length: u64) -> Body {
    let start = (Arc::new(file), first, length);
    Body::from_stream(try_unfold(start, |(file, at, left)| async move {
        if left == 0 {
            return Ok::<_, io::Error>(None);
        }
        let reader = Arc::clone(&file);
        let size = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        let block = tokio::task::spawn_blocking(move || {
            let mut block = vec![0; size];
            reader.read_exact_at(&mut block, at).map(|()| block)
        })
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))?;
        let read = block.len() as u64;
        Ok(Some((Bytes::from(block), (file, at + read, left - read))))
    }))
}

const BLOB_TYPE: &str = "application/octet-stream";
// As large as an upload's block: see `receive`.
const BLOCK: usize = 256 << 10;
