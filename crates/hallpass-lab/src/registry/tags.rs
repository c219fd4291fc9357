//! The tags of a repository, page by page.
//!
//! Source: OCI Distribution Specification 1.1, "Listing Tags".

use std::collections::BTreeSet;

use axum::response::Response;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::json;

use super::answer::respond;
use super::error::RegistryError;
use super::images::images_of;
use super::names::RepositoryName;
use super::uploads::query;
use crate::aws::call::Call;

/// `GET /v2/NAME/tags/list?n=&last=`: tags in lexical order.
pub(super) fn list(
    call: &mut Call,
    name: &RepositoryName,
    parts: &Parts,
) -> Result<Response, RegistryError> {
    call.repository("ecr:ListImages", name)?;
    let size = match query(parts, "n") {
        None => MAX_PAGE,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| {
                RegistryError::new(
                    StatusCode::BAD_REQUEST,
                    "PAGINATION_NUMBER_INVALID",
                    "`n` is a number",
                )
            })?
            .min(MAX_PAGE),
    };
    let last = query(parts, "last").unwrap_or_default();
    let all: BTreeSet<String> = call.store().read(|state| {
        images_of(state, name.as_str())
            .flat_map(|image| image.tags.iter())
            .filter(|tag| **tag > last)
            .cloned()
            .collect()
    });
    let tags: Vec<&String> = all.iter().take(size).collect();
    let mut headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
    if let Some(end) = tags.last().filter(|_| all.len() > size) {
        let next = format!("</v2/{name}/tags/list?n={size}&last={end}>; rel=\"next\"");
        headers.push((header::LINK, next));
    }
    let body = json!({ "name": name.as_str(), "tags": tags });
    Ok(respond(StatusCode::OK, headers, body.to_string()))
}

// As ECR's own pages (Amazon ECR API Reference, `ListImages`).
const MAX_PAGE: usize = 1000;
