//! Lists of images: their IDs, their details, what refers to them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::{ImageId, Target, check_length};
use super::page::{Limits, Paging};
use super::read_images::look_up;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::registry::{Digest, annotations_of, images_of, referrers_of};
use crate::store::records::Image;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListImages {
    #[serde(flatten)]
    target: Target,
    #[serde(flatten)]
    paging: Paging,
    filter: Option<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    tag_status: Option<String>,
    image_status: Option<String>,
}

/// `ListImages`: an entry for each tag, and one for each image without tags.
pub(super) fn list_images(call: &mut Call) -> Result<Answer, ApiError> {
    let input: ListImages = call.take_json()?;
    let opened = input.target.open(call, "ecr:ListImages")?;
    let wanted = Shown::read(input.filter)?;
    let images = images(call, opened.name.as_str(), wanted);
    let ids = images.iter().flat_map(|image| {
        let of = |tag: Option<&String>| ImageId {
            image_digest: Some(image.digest.clone()),
            image_tag: tag.cloned(),
        };
        let untagged = image.tags.is_empty().then(|| of(None));
        let tagged = image.tags.iter().map(move |tag| of(Some(tag)));
        untagged.into_iter().chain(tagged).collect::<Vec<_>>()
    });
    let keyed = ids.map(|id| {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        (
            format!("{}@{}", part(&id.image_digest), part(&id.image_tag)),
            id,
        )
    });
    let (ids, next) = input.paging.cut(&Limits::USUAL, keyed)?;
    Ok(Answer::Json(paged("imageIds", json!(ids), next)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeImages {
    #[serde(flatten)]
    target: Target,
    image_ids: Option<Vec<ImageId>>,
    #[serde(flatten)]
    paging: Paging,
    filter: Option<Filter>,
}

/// `DescribeImages`: those that are named, each of which must be there; or all, page by page.
pub(super) fn describe_images(call: &mut Call) -> Result<Answer, ApiError> {
    let input: DescribeImages = call.take_json()?;
    let opened = input.target.open(call, "ecr:DescribeImages")?;
    let name = opened.name.as_str();
    let (found, next) = if let Some(ids) = input.image_ids {
        if input.paging.is_asked_for() {
            return Err(fault::parameter(
                "maxResults",
                "cannot be used together with imageIds",
            ));
        }
        check_length("imageIds", ids.len())?;
        (named(call, name, &ids)?, None)
    } else {
        let wanted = Shown::read(input.filter)?;
        let keyed = images(call, name, wanted)
            .into_iter()
            .map(|image| (image.digest.clone(), image));
        input.paging.cut(&Limits::USUAL, keyed)?
    };
    let details: Vec<Value> = found.iter().map(|image| detail(call, image)).collect();
    Ok(Answer::Json(paged("imageDetails", json!(details), next)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListImageReferrers {
    #[serde(flatten)]
    target: Target,
    #[serde(flatten)]
    paging: Paging,
    #[serde(default)]
    subject_id: ImageId,
    filter: Option<ReferrersFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReferrersFilter {
    #[serde(default)]
    artifact_types: Vec<String>,
}

/// `ListImageReferrers`: takes `ecr:BatchGetImage`, as its reference says.
pub(super) fn list_image_referrers(call: &mut Call) -> Result<Answer, ApiError> {
    let input: ListImageReferrers = call.take_json()?;
    let opened = input.target.open(call, "ecr:BatchGetImage")?;
    let subject = input
        .subject_id
        .image_digest
        .as_deref()
        .and_then(Digest::parse)
        .ok_or_else(|| fault::parameter("subjectId.imageDigest", "must be an image's digest"))?;
    let types = input
        .filter
        .map(|filter| filter.artifact_types)
        .unwrap_or_default();
    let found = call
        .store()
        .read(|state| referrers_of(state, opened.name.as_str(), &subject));
    let keyed = found
        .into_iter()
        .filter(|image| {
            types.is_empty()
                || image
                    .artifact_type
                    .as_ref()
                    .is_some_and(|kind| types.contains(kind))
        })
        .map(|image| (image.digest.clone(), image));
    let (found, next) = input.paging.cut(&Limits::REFERRERS, keyed)?;
    let referrers: Vec<Value> = found
        .iter()
        .map(|image| {
            json!({
                "digest": image.digest,
                "mediaType": image.media_type,
                "artifactType": image.artifact_type,
                "size": image.manifest.len(),
                "annotations": annotations_of(image),
                "artifactStatus": "ACTIVE",
            })
        })
        .collect();
    Ok(Answer::Json(paged("referrers", json!(referrers), next)))
}

/// Which images a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    All,
    None,
    Tagged,
    Untagged,
}

impl Shown {
    fn read(filter: Option<Filter>) -> Result<Self, ApiError> {
        let Some(filter) = filter else {
            return Ok(Self::All);
        };
        match filter.image_status.as_deref() {
            None | Some("ACTIVE" | "ANY") => {}
            // Nothing is ever archived here.
            Some("ARCHIVED" | "ACTIVATING") => return Ok(Self::None),
            Some(_) => {
                return Err(fault::parameter(
                    "filter.imageStatus",
                    "Member must satisfy enum value set: [ACTIVE, ARCHIVED, ACTIVATING, ANY]",
                ));
            }
        }
        match filter.tag_status.as_deref() {
            None | Some("ANY") => Ok(Self::All),
            Some("TAGGED") => Ok(Self::Tagged),
            Some("UNTAGGED") => Ok(Self::Untagged),
            Some(_) => Err(fault::parameter(
                "filter.tagStatus",
                "Member must satisfy enum value set: [TAGGED, UNTAGGED, ANY]",
            )),
        }
    }

    fn shows(self, image: &Image) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Tagged => !image.tags.is_empty(),
            Self::Untagged => image.tags.is_empty(),
        }
    }
}

/// The images of these IDs, each of which must be there.
fn named(call: &Call, name: &str, ids: &[ImageId]) -> Result<Vec<Arc<Image>>, ApiError> {
    ids.iter()
        .map(|id| {
            call.store()
                .read(|state| look_up(state, name, id))
                .map_err(|_| fault::image_not_found(&call.identity, name, &id.quoted()))
        })
        .collect()
}

fn images(call: &Call, name: &str, wanted: Shown) -> Vec<Arc<Image>> {
    call.store().read(|state| {
        images_of(state, name)
            .filter(|image| wanted.shows(image))
            .cloned()
            .collect()
    })
}

fn detail(call: &Call, image: &Image) -> Value {
    let mut detail = json!({
        "registryId": call.identity.account.as_str(),
        "repositoryName": image.repository,
        "imageDigest": image.digest,
        "imageSizeInBytes": image.size,
        "imagePushedAt": epoch(image.pushed),
        "imageManifestMediaType": image.media_type,
        "imageStatus": "ACTIVE",
    });
    let optional = [
        (
            "imageTags",
            (!image.tags.is_empty()).then(|| json!(image.tags)),
        ),
        (
            "artifactMediaType",
            image.artifact_type.as_ref().map(|kind| json!(kind)),
        ),
        ("lastRecordedPullTime", image.pulled.map(epoch)),
        (
            "subjectManifestDigest",
            image.subject.as_ref().map(|digest| json!(digest)),
        ),
    ];
    if let Some(fields) = detail.as_object_mut() {
        for (name, value) in optional {
            fields.extend(value.map(|value| (name.to_owned(), value)));
        }
    }
    detail
}

fn paged(name: &str, items: Value, next: Option<String>) -> Value {
    let mut body = serde_json::Map::new();
    body.insert(name.to_owned(), items);
    body.extend(next.map(|next| ("nextToken".to_owned(), Value::from(next))));
    Value::Object(body)
}
