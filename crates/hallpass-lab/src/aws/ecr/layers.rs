//! Layers that are there: are they, and where can they be had?

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::{Target, check_length};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{Digest, download_url, held_blob};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchCheckLayerAvailability {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    layer_digests: Vec<String>,
}

/// `BatchCheckLayerAvailability`.
pub(super) fn batch_check_layer_availability(call: &mut Call) -> Result<Answer, ApiError> {
    let input: BatchCheckLayerAvailability = call.take_json()?;
    let opened = input.target.open(call, "ecr:BatchCheckLayerAvailability")?;
    check_length("layerDigests", input.layer_digests.len())?;
    let (mut layers, mut failures): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for text in &input.layer_digests {
        let failure = |code: &str, reason: &str| json!({ "layerDigest": text, "failureCode": code, "failureReason": reason });
        let Some(digest) = Digest::parse(text) else {
            failures.push(failure(
                "InvalidLayerDigest",
                "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
            ));
            continue;
        };
        match held_blob(call, &opened.name, &digest) {
            Some(blob) => layers.push(json!({
                "layerDigest": text,
                "layerAvailability": "AVAILABLE",
                "layerSize": blob.size,
                "mediaType": "application/octet-stream",
            })),
            None => failures.push(failure(
                "MissingLayerDigest",
                "The specified layer does not exist in the repository",
            )),
        }
    }
    Ok(Answer::Json(
        json!({ "layers": layers, "failures": failures }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetDownloadUrlForLayer {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    layer_digest: String,
}

/// `GetDownloadUrlForLayer`.
pub(super) fn get_download_url_for_layer(call: &mut Call) -> Result<Answer, ApiError> {
    let input: GetDownloadUrlForLayer = call.take_json()?;
    let opened = input.target.open(call, "ecr:GetDownloadUrlForLayer")?;
    let digest = layer_digest(&input.layer_digest)?;
    if held_blob(call, &opened.name, &digest).is_none() {
        return Err(fault::layer_not_found(
            &call.identity,
            opened.name.as_str(),
            digest.as_str(),
        ));
    }
    Ok(Answer::Json(json!({
        "downloadUrl": download_url(call, &opened.name, &digest),
        "layerDigest": digest.as_str(),
    })))
}

/// Reads a layer's digest.
pub(super) fn layer_digest(text: &str) -> Result<Digest, ApiError> {
    Digest::parse(text).ok_or_else(|| {
        fault::parameter(
            "layerDigest",
            "must be `sha256:` and 64 hexadecimal digits in lower case",
        )
    })
}
