//! Manifests: read, written and deleted, by tag or by digest.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{Method, StatusCode, header};

use super::answer::{CONTENT_DIGEST, SUBJECT, respond};
use super::digest::Digest;
use super::error::RegistryError;
use super::images::{self, Deleted, NewImage, Put};
use super::manifest::{Manifest, MediaType};
use super::names::{Reference, RepositoryName};
use crate::aws::call::Call;
use crate::aws::ecr::fault;
use crate::aws::error::ApiError;
use crate::aws::front::header as header_text;
use crate::store::records::Image;

/// `GET` and `HEAD`.
pub(super) fn get(
    call: &mut Call,
    name: &RepositoryName,
    reference: &str,
    parts: &Parts,
) -> Result<Response, RegistryError> {
    call.repository("ecr:BatchGetImage", name)?;
    let reference = parse(reference)?;
    let image = call
        .store()
        .read(|state| images::find(state, name.as_str(), &reference))
        .ok_or_else(RegistryError::manifest_unknown)?;
    if !is_accepted(parts, &image.media_type) {
        return Err(RegistryError::manifest_unknown()
            .with_detail(format!("the client accepts no `{}`", image.media_type)));
    }
    if parts.method == Method::GET {
        note_pull(call, &image);
    }
    let headers = [
        (header::CONTENT_TYPE, image.media_type.clone()),
        (header::CONTENT_LENGTH, image.manifest.len().to_string()),
        (CONTENT_DIGEST, image.digest.clone()),
    ];
    let body = if parts.method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(image.manifest.clone())
    };
    Ok(respond(StatusCode::OK, headers, body))
}

/// `PUT`.
pub(super) async fn put(
    call: &mut Call,
    name: &RepositoryName,
    reference: &str,
    parts: &Parts,
    body: &mut Body,
) -> Result<Response, RegistryError> {
    call.repository("ecr:PutImage", name)?;
    let reference = parse(reference)?;
    let length = header_text(parts, "content-length").and_then(|text| text.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_MANIFEST_BYTES) {
        return Err(ApiError::too_large(MAX_MANIFEST_BYTES).into());
    }
    let body = call
        .world
        .bodies
        .read(std::mem::take(body), MAX_MANIFEST_BYTES)
        .await?;
    let text = String::from_utf8(body.into()).map_err(|_| invalid("the manifest is no UTF-8"))?;
    let manifest =
        Manifest::parse(&text, header_text(parts, "content-type")).map_err(|why| invalid(&why))?;
    let computed = Digest::of(text.as_bytes());
    let tag = match reference {
        Reference::Tag(tag) => Some(tag),
        Reference::Digest(digest) if digest == computed => None,
        Reference::Digest(_) => {
            return Err(RegistryError::digest_invalid(
                "the path's digest is not the manifest's",
            ));
        }
    };
    let subject = manifest.subject.clone();
    let new = NewImage {
        repository: name.clone(),
        text,
        manifest,
        tag,
        now: call.now,
    };
    // Clients push again what is there, and ECR takes it from them.
    let (Put::Stored(digest) | Put::Found(digest)) = images::put(call, new).await?;
    let mut headers = vec![
        (header::LOCATION, format!("/v2/{name}/manifests/{digest}")),
        (CONTENT_DIGEST, digest.to_string()),
    ];
    headers.extend(subject.map(|subject| (SUBJECT, subject.to_string())));
    Ok(respond(StatusCode::CREATED, headers, Body::empty()))
}

/// `DELETE`.
pub(super) async fn delete(
    call: &mut Call,
    name: &RepositoryName,
    reference: &str,
) -> Result<Response, RegistryError> {
    call.repository("ecr:BatchDeleteImage", name)?;
    let reference = parse(reference)?;
    let deleted = call
        .store()
        .write::<_, ApiError>(|tx| Ok(images::delete(tx, name.as_str(), &reference)))
        .await?;
    match deleted {
        Deleted::Image(_) | Deleted::Tag(_) => Ok(respond(StatusCode::ACCEPTED, [], Body::empty())),
        Deleted::Nothing => Err(RegistryError::manifest_unknown()),
        Deleted::Referenced(by) => Err(RegistryError::new(
            StatusCode::CONFLICT,
            "DENIED",
            fault::referenced_by(&by),
        )),
    }
}

fn parse(reference: &str) -> Result<Reference, RegistryError> {
    Reference::parse(reference).ok_or_else(|| {
        if reference.contains(':') {
            RegistryError::digest_invalid("the digest is not `sha256:` and 64 hexadecimal digits")
        } else {
            RegistryError::new(
                StatusCode::BAD_REQUEST,
                "TAG_INVALID",
                "a tag has at most 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two",
            )
        }
    })
}

fn invalid(why: &str) -> RegistryError {
    RegistryError::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", why)
}

/// Whether the client takes that media type. A client that names none of the registry's is not asked:
/// some send `*/*`, some `application/json`.
fn is_accepted(parts: &Parts, media_type: &str) -> bool {
    let mut named = parts
        .headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let mut names_any = false;
    named.any(|range| {
        names_any |= MediaType::parse(range).is_some();
        range == "*/*" || range == "application/*" || range.eq_ignore_ascii_case(media_type)
    }) || !names_any
}

/// Notes a pull, at most once a day: AWS's own record is no finer, and a pull must not wait for the
/// disk (Amazon ECR API Reference, `ImageDetail`, `lastRecordedPullTime`).
pub(crate) fn note_pull(call: &Call, image: &Image) {
    let now = call.now;
    let is_noted = image
        .pulled
        .is_some_and(|pulled| now.as_second() - pulled.as_second() < NOTE_SECONDS);
    if is_noted {
        return;
    }
    call.store().note(|tx| {
        if let Some(found) = tx.state().images.get(&image.record_key()) {
            let mut image = Image::clone(found);
            image.pulled = Some(now);
            tx.put(image);
        }
    });
}

/// The largest manifest that ECR takes (Amazon ECR API Reference, `PutImage`).
pub(crate) const MAX_MANIFEST_BYTES: usize = 4 << 20;
const NOTE_SECONDS: i64 = 24 * 3600;
