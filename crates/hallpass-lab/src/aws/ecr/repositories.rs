//! Repositories: created, described, deleted; whether their tags may move.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::{Target, check_length, enter_registry, repository_name};
use super::page::{Limits, Paging};
use super::tags::{Tag, check_tags};
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::identity::LabIdentity;
use crate::registry::{Digest, images_of};
use crate::store::records::{Image, Repository, RepositoryBlob, Tags};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateRepository {
    #[serde(flatten)]
    target: Target,
    #[serde(default)]
    tags: Vec<Tag>,
    image_tag_mutability: Option<String>,
    encryption_configuration: Option<Encryption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encryption {
    encryption_type: Option<String>,
}

/// `CreateRepository`.
pub(super) async fn create_repository(call: &mut Call) -> Result<Answer, ApiError> {
    let input: CreateRepository = call.take_json()?;
    let name = input.target.name()?;
    let has_immutable_tags = is_immutable(input.image_tag_mutability.as_deref())?;
    if input
        .encryption_configuration
        .and_then(|wanted| wanted.encryption_type)
        .is_some_and(|kind| kind != "AES256")
    {
        return Err(fault::parameter(
            "encryptionConfiguration.encryptionType",
            "the lab has no KMS: must be AES256",
        ));
    }
    let action = "ecr:CreateRepository";
    enter_registry(call, input.target.registry_id.as_deref())?;
    let pairs: Vec<(String, String)> = input.tags.into_iter().map(Tag::into_pair).collect();
    let arn = call.identity.repository_arn(name.as_str());
    let actions: &[&str] = if pairs.is_empty() {
        &[action]
    } else {
        // Tags are a wish of their own (Amazon ECR User Guide, "Tagging").
        &[action, "ecr:TagResource"]
    };
    for action in actions {
        call.authorize(&Wanted::new(action, &arn).with_request_tags(&pairs))?;
    }
    let tags: Tags = pairs.into_iter().collect();
    check_tags(&tags)?;
    let repository = Repository {
        name: name.as_str().to_owned(),
        created: call.now,
        has_immutable_tags,
        policy: None,
        tags,
    };
    let identity = &call.identity;
    let body = json!({ "repository": description(identity, &repository) });
    call.store()
        .write(|tx| {
            if tx.state().repositories.contains_key(&repository.name) {
                return Err(fault::repository_already_exists(identity, &repository.name));
            }
            if tx.state().repositories.len() >= MAX_REPOSITORIES {
                return Err(fault::limit(
                    "The operation did not succeed because it would have exceeded a service limit for your account: repositories per registry.",
                ));
            }
            tx.put(repository);
            Ok(())
        })
        .await?;
    Ok(Answer::Json(body))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeRepositories {
    registry_id: Option<String>,
    repository_names: Option<Vec<String>>,
    #[serde(flatten)]
    paging: Paging,
}

/// `DescribeRepositories`: those that are named, each of which must be there and open to the caller; or
/// all, page by page.
pub(super) fn describe_repositories(call: &mut Call) -> Result<Answer, ApiError> {
    let input: DescribeRepositories = call.take_json()?;
    let action = "ecr:DescribeRepositories";
    enter_registry(call, input.registry_id.as_deref())?;
    let Some(names) = input.repository_names else {
        let every = call.identity.repository_arn("*");
        call.authorize(&Wanted::new(action, &every))?;
        let all: Vec<Arc<Repository>> = call
            .store()
            .read(|state| state.repositories.values().cloned().collect());
        let keyed = all.into_iter().map(|found| (found.name.clone(), found));
        let (found, next) = input.paging.cut(&Limits::USUAL, keyed)?;
        return Ok(Answer::Json(listing(call, &found, next)));
    };
    if input.paging.is_asked_for() {
        return Err(fault::parameter(
            "maxResults",
            "cannot be used together with repositoryNames",
        ));
    }
    check_length("repositoryNames", names.len())?;
    let found = names
        .iter()
        .map(|name| call.repository(action, &repository_name(name)?))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::Json(listing(call, &found, None)))
}

fn listing(call: &Call, found: &[Arc<Repository>], next: Option<String>) -> Value {
    let identity = &call.identity;
    let described: Vec<Value> = found
        .iter()
        .map(|repository| description(identity, repository))
        .collect();
    let mut body = json!({ "repositories": described });
    if let (Some(next), Some(fields)) = (next, body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), Value::from(next));
    }
    body
}

#[derive(Deserialize)]
struct DeleteRepository {
    #[serde(flatten)]
    target: Target,
    force: Option<bool>,
}

/// `DeleteRepository`: with its images only by `force`. Layers that no other repository holds go too.
pub(super) async fn delete_repository(call: &mut Call) -> Result<Answer, ApiError> {
    let input: DeleteRepository = call.take_json()?;
    let opened = input.target.open(call, "ecr:DeleteRepository")?;
    let is_forced = input.force.unwrap_or_default();
    let world = &call.world;
    let identity = &call.identity;
    let name = opened.name.as_str();
    let (repository, blobs) = call
        .store()
        .write(|tx| {
            let images: Vec<String> = images_of(tx.state(), name)
                .map(|image| image.record_key())
                .collect();
            if !images.is_empty() && !is_forced {
                return Err(fault::repository_not_empty(identity, name));
            }
            let repository = tx
                .delete::<Repository>(name)
                .ok_or_else(|| fault::repository_not_found(identity, name))?;
            for key in images {
                tx.delete::<Image>(&key);
            }
            let blobs: BTreeSet<String> = tx
                .state()
                .blobs
                .values()
                .filter(|blob| blob.repository == name)
                .map(|blob| blob.digest.clone())
                .collect();
            for digest in &blobs {
                tx.delete::<RepositoryBlob>(&RepositoryBlob::key_of(name, digest));
            }
            Ok((repository, blobs))
        })
        .await?;
    world.storage.forget(&identity.repository_arn(name));
    let digests = blobs.iter().filter_map(|digest| Digest::parse(digest));
    world.storage.remove_unheld(&world.store, digests).await;
    Ok(Answer::Json(
        json!({ "repository": description(identity, &repository) }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutImageTagMutability {
    #[serde(flatten)]
    target: Target,
    image_tag_mutability: Option<String>,
}

/// `PutImageTagMutability`.
pub(super) async fn put_image_tag_mutability(call: &mut Call) -> Result<Answer, ApiError> {
    let input: PutImageTagMutability = call.take_json()?;
    let wanted = input
        .image_tag_mutability
        .ok_or_else(|| fault::parameter("imageTagMutability", "must not be null"))?;
    let has_immutable_tags = is_immutable(Some(&wanted))?;
    let opened = input.target.open(call, "ecr:PutImageTagMutability")?;
    change(call, opened.name.as_str(), |repository| {
        repository.has_immutable_tags = has_immutable_tags;
        Ok(())
    })
    .await?;
    Ok(Answer::Json(json!({
        "registryId": call.identity.account.as_str(),
        "repositoryName": opened.name.as_str(),
        "imageTagMutability": wanted,
    })))
}

/// Changes a repository's record.
pub(super) async fn change<T>(
    call: &Call,
    name: &str,
    work: impl FnOnce(&mut Repository) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    call.store()
        .write(|tx| {
            let mut repository = tx
                .state()
                .repositories
                .get(name)
                .map(|found| Repository::clone(found))
                .ok_or_else(|| fault::repository_not_found(&call.identity, name))?;
            let done = work(&mut repository)?;
            tx.put(repository);
            Ok(done)
        })
        .await
}

fn is_immutable(wanted: Option<&str>) -> Result<bool, ApiError> {
    match wanted {
        None | Some("MUTABLE") => Ok(false),
        Some("IMMUTABLE") => Ok(true),
        Some(_) => Err(fault::parameter(
            "imageTagMutability",
            "Member must satisfy enum value set: [MUTABLE, IMMUTABLE]",
        )),
    }
}

fn description(identity: &LabIdentity, repository: &Repository) -> Value {
    json!({
        "repositoryArn": identity.repository_arn(&repository.name),
        "registryId": identity.account.as_str(),
        "repositoryName": repository.name,
        "repositoryUri": format!("{}/{}", identity.registry_host(), repository.name),
        "createdAt": epoch(repository.created),
        "imageTagMutability": if repository.has_immutable_tags { "IMMUTABLE" } else { "MUTABLE" },
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
}

// Amazon ECR service quotas, repositories per registry.
const MAX_REPOSITORIES: usize = 100_000;
