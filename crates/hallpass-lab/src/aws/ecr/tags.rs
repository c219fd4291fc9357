//! Tags of repositories, as resources.

use hallpass_types::Arn;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::fault;
use super::input::{enter_registry, repository_name};
use super::repositories::change;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::RepositoryName;
use crate::store::records::Tags;

/// A tag on the wire; ECR, unlike its other members, writes it in capitals.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

impl Tag {
    pub(super) fn into_pair(self) -> (String, String) {
        (self.key, self.value)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagResource {
    #[serde(default)]
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `TagResource`.
pub(super) async fn tag_resource(call: &mut Call) -> Result<Answer, ApiError> {
    let input: TagResource = call.take_json()?;
    let action = "ecr:TagResource";
    let name = named(call, &input.resource_arn)?;
    let pairs: Vec<(String, String)> = input.tags.into_iter().map(Tag::into_pair).collect();
    call.repository_with(action, &name, &pairs)?;
    change(call, name.as_str(), |repository| {
        repository.tags.extend(pairs);
        check_tags(&repository.tags)
    })
    .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UntagResource {
    #[serde(default)]
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `UntagResource`.
pub(super) async fn untag_resource(call: &mut Call) -> Result<Answer, ApiError> {
    let input: UntagResource = call.take_json()?;
    let action = "ecr:UntagResource";
    let name = named(call, &input.resource_arn)?;
    call.repository(action, &name)?;
    change(call, name.as_str(), |repository| {
        for key in &input.tag_keys {
            repository.tags.remove(key);
        }
        Ok(())
    })
    .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListTagsForResource {
    #[serde(default)]
    resource_arn: String,
}

/// `ListTagsForResource`.
pub(super) fn list_tags_for_resource(call: &mut Call) -> Result<Answer, ApiError> {
    let input: ListTagsForResource = call.take_json()?;
    let action = "ecr:ListTagsForResource";
    let name = named(call, &input.resource_arn)?;
    let repository = call.repository(action, &name)?;
    let tags: Vec<Tag> = repository
        .tags
        .iter()
        .map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        })
        .collect();
    Ok(Answer::Json(json!({ "tags": tags })))
}

/// Holds a resource's tags to AWS's limits.
///
/// Source: Amazon ECR User Guide, "Tagging a private repository".
pub(super) fn check_tags(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > MAX_TAGS {
        return Err(ApiError::new(
            400,
            "TooManyTagsException",
            format!("a repository has at most {MAX_TAGS} tags"),
        ));
    }
    for (key, value) in tags {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(fault::invalid_tag(
                "a tag takes a key of 1 to 128 characters and a value of at most 256",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(fault::invalid_tag("the prefix `aws:` is AWS's own"));
        }
    }
    Ok(())
}

/// The repository that an ARN names.
fn named(call: &mut Call, arn: &str) -> Result<RepositoryName, ApiError> {
    let wrong = || fault::parameter("resourceArn", "must be the ARN of a repository");
    let parsed: Arn = arn.parse().map_err(|_| wrong())?;
    let identity = &call.identity;
    let is_here = parsed.service() == "ecr"
        && parsed.partition() == identity.partition.to_string()
        && parsed.region() == identity.region.as_str();
    let name = parsed
        .resource()
        .strip_prefix("repository/")
        .filter(|_| is_here)
        .ok_or_else(wrong)?;
    let name = repository_name(name)?;
    enter_registry(call, Some(parsed.account()))?;
    Ok(name)
}

const MAX_TAGS: usize = 50;
