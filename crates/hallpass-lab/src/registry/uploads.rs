//! Uploads: begun, filled, completed, given up; or saved altogether, by mounting.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, header};
use hyper::body::Body as _;

use super::answer::{CONTENT_DIGEST, UPLOAD_ID, respond};
use super::digest::Digest;
use super::error::RegistryError;
use super::names::RepositoryName;
use super::receive::{self, receive, too_large};
use super::storage::{Held, MAX_BLOB_BYTES};
use super::{blobs, range};
use crate::aws::call::Call;
use crate::aws::ecr::fault;
use crate::aws::error::ApiError;
use crate::aws::front::header as header_text;
use crate::chance;
use crate::store::records::RepositoryBlob;
use crate::world::World;

/// `POST`: begins an upload; with `mount` and `from` takes a blob from another repository instead, and
/// with `digest` takes the whole blob at once.
pub(super) async fn start(
    call: &mut Call,
    name: &RepositoryName,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    call.repository("ecr:InitiateLayerUpload", name)?;
    if let (Some(digest), Some(from)) = (query(parts, "mount"), query(parts, "from"))
        && let Some(digest) = mount(call, name, &digest, &from).await?
    {
        return Ok(created(name, &digest));
    }
    let digest = query(parts, "digest")
        .map(|text| blobs::parse(&text))
        .transpose()?;
    if digest.is_some() {
        call.repository("ecr:UploadLayerPart", name)?;
        call.repository("ecr:CompleteLayerUpload", name)?;
        check_length(parts)?;
    }
    let id = begin(call, name).await?;
    let Some(digest) = digest else {
        return Ok(progress(StatusCode::ACCEPTED, name, &id, 0));
    };
    let held = hold(call, name, &id).await?;
    let held = fill(&call.world, &id, held, body).await?;
    finish(call, name, &id, held, &digest).await?;
    Ok(created(name, &digest))
}

/// `GET`: how far an upload has come.
pub(super) async fn status(
    call: &mut Call,
    name: &RepositoryName,
    id: &str,
) -> Result<Response, RegistryError> {
    call.repository("ecr:UploadLayerPart", name)?;
    let held = hold(call, name, id).await?;
    Ok(progress(StatusCode::NO_CONTENT, name, id, held.size()))
}

/// `PATCH`: the next chunk, or all of a blob as a stream.
pub(super) async fn patch(
    call: &mut Call,
    name: &RepositoryName,
    id: &str,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    call.repository("ecr:UploadLayerPart", name)?;
    check_length(parts)?;
    let held = hold(call, name, id).await?;
    check_place(parts, name, id, held.size())?;
    let held = fill(&call.world, id, held, body).await?;
    Ok(progress(StatusCode::ACCEPTED, name, id, held.size()))
}

/// `PUT`: the last chunk, if any is left, and the digest of the whole.
pub(super) async fn complete(
    call: &mut Call,
    name: &RepositoryName,
    id: &str,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    let has_body = !body.is_end_stream();
    if has_body {
        call.repository("ecr:UploadLayerPart", name)?;
    }
    call.repository("ecr:CompleteLayerUpload", name)?;
    let digest = query(parts, "digest")
        .ok_or_else(|| RegistryError::digest_invalid("the upload's end takes a `digest`"))?;
    let digest = blobs::parse(&digest)?;
    check_length(parts)?;
    let mut held = hold(call, name, id).await?;
    if has_body {
        check_place(parts, name, id, held.size())?;
        held = fill(&call.world, id, held, body).await?;
    }
    finish(call, name, id, held, &digest).await?;
    Ok(created(name, &digest))
}

/// `DELETE`: gives an upload up.
pub(super) async fn cancel(
    call: &mut Call,
    name: &RepositoryName,
    id: &str,
) -> Result<Response, RegistryError> {
    call.repository("ecr:UploadLayerPart", name)?;
    drop(hold(call, name, id).await?);
    call.world.storage.uploads.remove(id);
    Ok(respond(StatusCode::NO_CONTENT, [], Body::empty()))
}

/// Where an upload belongs: names are unique in an account only.
fn place(call: &Call, name: &RepositoryName) -> String {
    call.identity.repository_arn(name.as_str())
}

/// Begins an upload; its ID.
pub(crate) async fn begin(call: &Call, name: &RepositoryName) -> Result<String, ApiError> {
    let id = chance::uuid(&*call.world.chance);
    call.world
        .storage
        .uploads
        .start(&place(call, name), &id, call.now)
        .await
        .map_err(|why| why.into_error(&id))?;
    Ok(id)
}

/// Takes an upload in hand.
pub(crate) async fn hold(call: &Call, name: &RepositoryName, id: &str) -> Result<Held, ApiError> {
    call.world
        .storage
        .uploads
        .hold(&place(call, name), id, call.now)
        .await
        .map_err(|why| why.into_error(id))
}

/// Puts a complete upload in place under its digest, and lets the repository hold it.
pub(crate) async fn finish(
    call: &Call,
    name: &RepositoryName,
    id: &str,
    held: Held,
    digest: &Digest,
) -> Result<(), ApiError> {
    let world = &call.world;
    let (computed, size) = (held.digest(), held.size());
    if computed != *digest {
        world.storage.uploads.remove(id);
        return Err(fault::invalid_layer(computed.as_str()));
    }
    let _kept = world.storage.keep_blobs().await;
    let placed = world.storage.place(held, digest).await;
    world.storage.uploads.remove(id);
    placed.map_err(|error| ApiError::internal(error.to_string()))?;
    call.store()
        .write(|tx| {
            if !tx.state().repositories.contains_key(name.as_str()) {
                return Err(fault::repository_not_found(&call.identity, name.as_str()));
            }
            tx.put(RepositoryBlob {
                repository: name.as_str().to_owned(),
                digest: digest.to_string(),
                size,
            });
            Ok(())
        })
        .await
}

/// Lets the repository hold a blob that another one holds and the caller may read there; nothing where
/// that cannot be, and the client uploads the blob.
///
/// Source: Amazon ECR User Guide, "Blob mounting in Amazon ECR": the source takes
/// `ecr:GetDownloadUrlForLayer`.
async fn mount(
    call: &mut Call,
    name: &RepositoryName,
    digest: &str,
    from: &str,
) -> Result<Option<Digest>, ApiError> {
    let (Some(digest), Some(from)) = (Digest::parse(digest), RepositoryName::parse(from)) else {
        return Ok(None);
    };
    if call
        .permitted_repository("ecr:GetDownloadUrlForLayer", &from)?
        .is_none()
    {
        return Ok(None);
    }
    let world = &call.world;
    let _kept = world.storage.keep_blobs().await;
    let source = RepositoryBlob::key_of(from.as_str(), digest.as_str());
    call.store()
        .write(|tx| {
            let Some(blob) = tx.state().blobs.get(&source).cloned() else {
                return Ok(None);
            };
            if !tx.state().repositories.contains_key(name.as_str()) {
                return Err(fault::repository_not_found(&call.identity, name.as_str()));
            }
            tx.put(RepositoryBlob {
                repository: name.as_str().to_owned(),
                ..RepositoryBlob::clone(&blob)
            });
            Ok(Some(digest))
        })
        .await
}

/// Adds the body to the upload. What broke for another reason than the client's is given up.
async fn fill(world: &World, id: &str, held: Held, body: &mut Body) -> Result<Held, ApiError> {
    let filled = receive(world, held, body).await;
    give_up_broken(world, id, &filled);
    filled
}

/// Adds bytes that are in memory already.
pub(crate) async fn append(
    world: &World,
    id: &str,
    held: Held,
    bytes: Bytes,
) -> Result<Held, ApiError> {
    let filled = receive::append(held, bytes).await;
    give_up_broken(world, id, &filled);
    filled
}

fn give_up_broken(world: &World, id: &str, filled: &Result<Held, ApiError>) {
    let is_broken = |error: &ApiError| error.status >= 500 || error.status == 413;
    if filled.as_ref().is_err_and(is_broken) {
        world.storage.uploads.remove(id);
    }
}

/// Refuses what cannot be taken before it is read.
fn check_length(parts: &Parts) -> Result<(), ApiError> {
    let length: Option<u64> =
        header_text(parts, "content-length").and_then(|text| text.parse().ok());
    if length.is_some_and(|length| length > MAX_BLOB_BYTES) {
        return Err(too_large());
    }
    Ok(())
}

/// A chunk that says where it belongs must go on where the upload stands, and be as long as it says.
fn check_place(
    parts: &Parts,
    name: &RepositoryName,
    id: &str,
    size: u64,
) -> Result<(), RegistryError> {
    let Some(text) = header_text(parts, "content-range") else {
        return Ok(());
    };
    let Some((first, last)) = range::chunk(text) else {
        return Err(RegistryError::new(
            StatusCode::BAD_REQUEST,
            "BLOB_UPLOAD_INVALID",
            "a `Content-Range` is the first and the last byte, such as `0-99`",
        ));
    };
    if first != size {
        return Err(RegistryError::from(fault::invalid_layer_part(size))
            .with_header(header::LOCATION, location(name, id))
            .with_header(header::RANGE, received(size)));
    }
    let length: Option<u64> =
        header_text(parts, "content-length").and_then(|text| text.parse().ok());
    if length.is_some_and(|length| length != last - first + 1) {
        return Err(RegistryError::new(
            StatusCode::BAD_REQUEST,
            "SIZE_INVALID",
            "`Content-Range` and `Content-Length` differ",
        ));
    }
    Ok(())
}

fn created(name: &RepositoryName, digest: &Digest) -> Response {
    respond(
        StatusCode::CREATED,
        [
            (header::LOCATION, format!("/v2/{name}/blobs/{digest}")),
            (CONTENT_DIGEST, digest.to_string()),
        ],
        Body::empty(),
    )
}

fn progress(status: StatusCode, name: &RepositoryName, id: &str, size: u64) -> Response {
    respond(
        status,
        [
            (header::LOCATION, location(name, id)),
            (header::RANGE, received(size)),
            (UPLOAD_ID, id.to_owned()),
        ],
        Body::empty(),
    )
}

fn location(name: &RepositoryName, id: &str) -> String {
    format!("/v2/{name}/blobs/uploads/{id}")
}

/// The bytes that have come. The specification has no form for none, and clients read `0-0` so.
fn received(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}

/// A parameter of the query.
pub(super) fn query(parts: &Parts, name: &str) -> Option<String> {
    form_urlencoded::parse(parts.uri.query()?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
