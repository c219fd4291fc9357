//! The URLs that `GetDownloadUrlForLayer` gives: good for an hour, for whoever has one, as AWS's
//! presigned URLs are.

use axum::response::Response;
use hallpass_types::Timestamp;
use http::StatusCode;
use http::request::Parts;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::blobs;
use super::digest::Digest;
use super::error::RegistryError;
use super::names::RepositoryName;
use super::uploads::query;
use crate::aws::call::Call;

#[derive(Deserialize, Serialize)]
struct Sealed {
    // Absent in what was sealed before there were several accounts: then the lab's own.
    #[serde(default)]
    account: Option<String>,
    repository: String,
    digest: String,
    expires: Timestamp,
}

/// A URL of a layer.
pub(crate) fn url(call: &Call, name: &RepositoryName, digest: &Digest) -> String {
    let (world, now) = (&call.world, call.now);
    let sealed = Sealed {
        account: Some(call.identity.account.to_string()),
        repository: name.as_str().to_owned(),
        digest: digest.to_string(),
        expires: now.saturating_add(LIFETIME).unwrap_or(now),
    };
    let plain = serde_json::to_vec(&sealed).unwrap_or_default();
    let token = world.sealer.seal(PURPOSE, plain, &*world.chance);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", &token)
        .finish();
    let port = world.store.read(|state| {
        state
            .settings
            .get("port-registry")
            .map(|setting| setting.value.clone())
            .unwrap_or_default()
    });
    format!("http://127.0.0.1:{port}{PATH}?{query}")
}

/// Serves a layer by such a URL.
pub(super) async fn get(call: &mut Call, parts: &Parts) -> Result<Response, RegistryError> {
    let sealed: Option<Sealed> = query(parts, "token")
        .and_then(|token| call.world.sealer.open(PURPOSE, &token))
        .and_then(|plain| serde_json::from_slice(&plain).ok());
    let Some(sealed) = sealed.filter(|sealed| sealed.expires > call.now) else {
        return Err(RegistryError::new(
            StatusCode::FORBIDDEN,
            "DENIED",
            "the URL is none that this registry gave, or has expired",
        ));
    };
    if let Some(account) = sealed.account.and_then(|account| account.parse().ok()) {
        call.enter(account);
    }
    let name = RepositoryName::parse(&sealed.repository).ok_or_else(RegistryError::blob_unknown)?;
    let digest = blobs::parse(&sealed.digest)?;
    blobs::serve(call, &name, &digest, parts).await
}

/// Where layers are served by their URLs.
pub(super) const PATH: &str = "/layers";
const PURPOSE: &str = "layer-url";
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
