//! `PutImage`: a manifest, once its layers are there.

use serde::Deserialize;
use serde_json::json;

use super::fault;
use super::input::{ImageId, Target};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{Digest, MAX_MANIFEST_BYTES, Manifest, NewImage, Put, Tag, put};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutImage {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    image_manifest: String,
    image_manifest_media_type: Option<String>,
    image_tag: Option<String>,
    image_digest: Option<String>,
}

/// `PutImage`.
pub(super) async fn put_image(call: &mut Call) -> Result<Answer, ApiError> {
    let input: PutImage = call.take_json()?;
    let opened = input.target.open(call, "ecr:PutImage")?;
    let tag = input
        .image_tag
        .map(|text| {
            Tag::parse(&text).ok_or_else(|| {
                fault::parameter(
                    "imageTag",
                    "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
                )
            })
        })
        .transpose()?;
    let text = input.image_manifest;
    if text.is_empty() || text.len() > MAX_MANIFEST_BYTES {
        return Err(fault::parameter(
            "imageManifest",
            "Member must have length between 1 and 4194304",
        ));
    }
    let manifest = Manifest::parse(&text, input.image_manifest_media_type.as_deref())
        .map_err(|why| fault::parameter("imageManifest", &why))?;
    let computed = Digest::of(text.as_bytes());
    if input
        .image_digest
        .is_some_and(|wanted| wanted != computed.as_str())
    {
        return Err(fault::image_digest_does_not_match());
    }
    let media_type = manifest.media_type.as_str();
    let new = NewImage {
        repository: opened.name.clone(),
        text: text.clone(),
        manifest,
        tag: tag.clone(),
        now: call.now,
    };
    let name = opened.name.as_str();
    let tag = tag.as_ref().map(Tag::as_str);
    match put(call, new).await? {
        Put::Found(digest) => Err(fault::image_already_exists(
            &call.identity,
            name,
            digest.as_str(),
            tag,
        )),
        Put::Stored(digest) => Ok(Answer::Json(json!({
            "image": {
                "registryId": call.identity.account.as_str(),
                "repositoryName": name,
                "imageId": ImageId {
                    image_digest: Some(digest.to_string()),
                    image_tag: tag.map(str::to_owned),
                },
                "imageManifest": text,
                "imageManifestMediaType": media_type,
            },
        }))),
    }
}
