//! Referrers: the images that name another as their subject, such as its signatures.
//!
//! Source: OCI Distribution Specification 1.1, "Listing Referrers"; ECR takes `ecr:BatchGetImage` for
//! it (Amazon ECR API Reference, `ListImageReferrers`).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::answer::{FILTERS_APPLIED, respond};
use super::blobs;
use super::digest::Digest;
use super::error::RegistryError;
use super::images::images_of;
use super::manifest::{Manifest, MediaType};
use super::names::RepositoryName;
use super::uploads::query;
use crate::aws::call::Call;
use crate::store::AccountState;
use crate::store::records::Image;

/// `GET /v2/NAME/referrers/DIGEST?artifactType=`.
pub(super) fn list(
    call: &mut Call,
    name: &RepositoryName,
    digest: &str,
    parts: &Parts,
) -> Result<Response, RegistryError> {
    call.repository("ecr:BatchGetImage", name)?;
    let digest = blobs::parse(digest)?;
    let wanted = query(parts, "artifactType");
    let found: Vec<Value> = call
        .store()
        .read(|state| referrers_of(state, name.as_str(), &digest))
        .iter()
        .filter(|image| wanted.is_none() || image.artifact_type == wanted)
        .map(|image| descriptor(image))
        .collect();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::OciIndex.as_str(),
        "manifests": found,
    });
    let mut headers = vec![(
        header::CONTENT_TYPE,
        MediaType::OciIndex.as_str().to_owned(),
    )];
    if wanted.is_some() {
        headers.push((FILTERS_APPLIED, "artifactType".to_owned()));
    }
    Ok(respond(StatusCode::OK, headers, index.to_string()))
}

/// The images that refer to the one of that digest.
pub(crate) fn referrers_of(
    state: &AccountState,
    repository: &str,
    subject: &Digest,
) -> Vec<Arc<Image>> {
    images_of(state, repository)
        .filter(|image| image.subject.as_deref() == Some(subject.as_str()))
        .cloned()
        .collect()
}

/// The annotations of an image's manifest.
pub(crate) fn annotations_of(image: &Image) -> BTreeMap<String, String> {
    Manifest::parse(&image.manifest, Some(&image.media_type))
        .map(|manifest| manifest.annotations)
        .unwrap_or_default()
}

/// The descriptor of a referrer, with its type and annotations.
fn descriptor(image: &Image) -> Value {
    let mut descriptor = json!({
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": image.manifest.len(),
    });
    let annotations = annotations_of(image);
    if let Some(fields) = descriptor.as_object_mut() {
        fields.extend(
            image
                .artifact_type
                .iter()
                .map(|kind| ("artifactType".to_owned(), json!(kind))),
        );
        if !annotations.is_empty() {
            fields.insert("annotations".to_owned(), json!(annotations));
        }
    }
    descriptor
}
