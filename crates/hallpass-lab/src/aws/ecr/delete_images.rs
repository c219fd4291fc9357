//! `BatchDeleteImage`: by digest the image with all its tags, by tag the tag.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::{ImageId, Target, check_length};
use super::read_images::{Failure, look_up};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::{Deleted, delete};
use crate::store::AccountTransaction;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchDeleteImage {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    image_ids: Vec<ImageId>,
}

/// `BatchDeleteImage`: what can be deleted is, all in one step; what cannot is told.
pub(super) async fn batch_delete_image(call: &mut Call) -> Result<Answer, ApiError> {
    let input: BatchDeleteImage = call.take_json()?;
    let opened = input.target.open(call, "ecr:BatchDeleteImage")?;
    check_length("imageIds", input.image_ids.len())?;
    let name = opened.name.as_str();
    let (gone, failures) = call
        .store()
        .write::<_, ApiError>(|tx| {
            let (mut gone, mut failures): (Vec<ImageId>, Vec<Value>) = (Vec::new(), Vec::new());
            for id in &input.image_ids {
                match delete_one(tx, name, id) {
                    Ok(ids) => gone.extend(ids),
                    Err(failure) => failures.push(failure.answer(id)),
                }
            }
            Ok((gone, failures))
        })
        .await?;
    Ok(Answer::Json(
        json!({ "imageIds": gone, "failures": failures }),
    ))
}

/// The IDs that are gone: one a tag, or the digest alone.
fn delete_one(
    tx: &mut AccountTransaction<'_, '_>,
    name: &str,
    id: &ImageId,
) -> Result<Vec<ImageId>, Failure> {
    look_up(tx.state(), name, id)?;
    // Where both are given, the tag is what is to go: the digest only says from which image.
    let by_tag = ImageId {
        image_digest: None,
        image_tag: id.image_tag.clone(),
    };
    let reference = if id.image_tag.is_some() { &by_tag } else { id }
        .reference()
        .map_err(|(code, reason)| Failure::new(code, reason))?;
    match delete(tx, name, &reference) {
        Deleted::Image(image) => {
            let of = |tag: Option<&String>| ImageId {
                image_digest: Some(image.digest.clone()),
                image_tag: tag.cloned(),
            };
            if image.tags.is_empty() {
                return Ok(vec![of(None)]);
            }
            Ok(image.tags.iter().map(|tag| of(Some(tag))).collect())
        }
        Deleted::Tag(image) => Ok(vec![ImageId {
            image_digest: Some(image.digest.clone()),
            image_tag: id.image_tag.clone(),
        }]),
        Deleted::Nothing => Err(Failure::new("ImageNotFound", "Requested image not found")),
        Deleted::Referenced(by) => Err(Failure::new(
            "ImageReferencedByManifestList",
            fault::referenced_by(&by),
        )),
    }
}
