//! Layers on their way in, part by part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::fault;
use super::input::Target;
use super::layers::layer_digest;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{append, begin_upload, finish_upload, held_blob, hold_upload};

/// `InitiateLayerUpload`.
pub(super) async fn initiate_layer_upload(call: &mut Call) -> Result<Answer, ApiError> {
    let target: Target = call.take_json()?;
    let opened = target.open(call, "ecr:InitiateLayerUpload")?;
    let id = begin_upload(call, &opened.name).await?;
    Ok(Answer::Json(
        json!({ "uploadId": id, "partSize": MAX_PART_BYTES }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadLayerPart {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    upload_id: String,
    part_first_byte: u64,
    part_last_byte: u64,
    #[serde(default)]
    layer_part_blob: String,
}

/// `UploadLayerPart`: parts come in order, each once.
pub(super) async fn upload_layer_part(call: &mut Call) -> Result<Answer, ApiError> {
    let input: UploadLayerPart = call.take_json()?;
    let opened = input.target.open(call, "ecr:UploadLayerPart")?;
    let part = STANDARD.decode(&input.layer_part_blob).map_err(|error| {
        ApiError::new(
            400,
            "SerializationException",
            format!("layerPartBlob: {error}"),
        )
    })?;
    drop(input.layer_part_blob);
    let held = hold_upload(call, &opened.name, &input.upload_id).await?;
    let length = input
        .part_last_byte
        .checked_sub(input.part_first_byte)
        .and_then(|length| length.checked_add(1));
    if input.part_first_byte != held.size()
        || length != Some(part.len() as u64)
        || part.len() > MAX_PART_BYTES
    {
        return Err(fault::invalid_layer_part(held.size()));
    }
    let held = append(&call.world, &input.upload_id, held, Bytes::from(part)).await?;
    Ok(Answer::Json(json!({
        "registryId": call.identity.account.as_str(),
        "repositoryName": opened.name.as_str(),
        "uploadId": input.upload_id,
        "lastByteReceived": held.size().saturating_sub(1),
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompleteLayerUpload {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    upload_id: String,
    #[serde(default)]
    layer_digests: Vec<String>,
}

/// `CompleteLayerUpload`.
pub(super) async fn complete_layer_upload(call: &mut Call) -> Result<Answer, ApiError> {
    let input: CompleteLayerUpload = call.take_json()?;
    let opened = input.target.open(call, "ecr:CompleteLayerUpload")?;
    let [digest] = input.layer_digests.as_slice() else {
        return Err(fault::parameter("layerDigests", "must have one member"));
    };
    let digest = layer_digest(digest)?;
    let held = hold_upload(call, &opened.name, &input.upload_id).await?;
    if held.size() == 0 {
        return Err(fault::empty_upload());
    }
    let world = &call.world;
    let name = opened.name.as_str();
    if held_blob(call, &opened.name, &digest).is_some() {
        world.storage.forget_upload(&input.upload_id);
        return Err(fault::layer_already_exists(
            &call.identity,
            name,
            digest.as_str(),
        ));
    }
    finish_upload(call, &opened.name, &input.upload_id, held, &digest).await?;
    Ok(Answer::Json(json!({
        "registryId": call.identity.account.as_str(),
        "repositoryName": name,
        "uploadId": input.upload_id,
        "layerDigest": digest.as_str(),
    })))
}

/// The largest part that is taken (Amazon ECR API Reference, `UploadLayerPart`), and the size that a
/// client is told to cut its parts to.
const MAX_PART_BYTES: usize = 20 << 20;
