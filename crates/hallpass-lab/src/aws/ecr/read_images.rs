//! `BatchGetImage`: manifests, by digest or tag.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{ImageId, Target, check_length};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{find, note_pull};
use crate::store::AccountState;
use crate::store::records::Image;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchGetImage {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    image_ids: Vec<ImageId>,
}

/// `BatchGetImage`.
pub(super) fn batch_get_image(call: &mut Call) -> Result<Answer, ApiError> {
    let input: BatchGetImage = call.take_json()?;
    let opened = input.target.open(call, "ecr:BatchGetImage")?;
    check_length("imageIds", input.image_ids.len())?;
    let name = opened.name.as_str();
    let (mut images, mut failures): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for id in &input.image_ids {
        match call.store().read(|state| look_up(state, name, id)) {
            Ok(image) => {
                note_pull(call, &image);
                images.push(json!({
                    "registryId": call.identity.account.as_str(),
                    "repositoryName": name,
                    "imageId": ImageId {
                        image_digest: Some(image.digest.clone()),
                        image_tag: id.image_tag.clone(),
                    },
                    "imageManifest": image.manifest,
                    "imageManifestMediaType": image.media_type,
                }));
            }
            Err(failure) => failures.push(failure.answer(id)),
        }
    }
    Ok(Answer::Json(
        json!({ "images": images, "failures": failures }),
    ))
}

/// Why an operation on many images fails for one.
#[derive(Debug)]
pub(super) struct Failure {
    code: &'static str,
    reason: String,
}

impl Failure {
    pub(super) fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// As it stands in an answer.
    pub(super) fn answer(&self, id: &ImageId) -> Value {
        json!({ "imageId": id, "failureCode": self.code, "failureReason": self.reason })
    }
}

/// The image of an ID. Where a digest and a tag are given, the tag must be the image's.
pub(super) fn look_up(
    state: &AccountState,
    name: &str,
    id: &ImageId,
) -> Result<Arc<Image>, Failure> {
    let reference = id
        .reference()
        .map_err(|(code, reason)| Failure::new(code, reason))?;
    let image = find(state, name, &reference)
        .ok_or_else(|| Failure::new("ImageNotFound", "Requested image not found"))?;
    if id
        .image_tag
        .as_ref()
        .is_some_and(|tag| !image.tags.contains(tag))
    {
        return Err(Failure::new(
            "ImageTagDoesNotMatchDigest",
            "The tag does not point at the image of that digest",
        ));
    }
    Ok(image)
}
