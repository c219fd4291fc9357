//! Images in the store: put, found, deleted. The ECR API and the registry both come here.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_types::Timestamp;

use super::digest::Digest;
use super::manifest::{Manifest, MediaType};
use super::names::{Reference, RepositoryName, Tag};
use crate::aws::call::Call;
use crate::aws::ecr::fault;
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::records::{Image, Repository, RepositoryBlob};
use crate::store::{AccountState, AccountTransaction};

/// An image that is to be put.
#[derive(Debug)]
pub(crate) struct NewImage {
    /// Where.
    pub(crate) repository: RepositoryName,
    /// The manifest, as pushed.
    pub(crate) text: String,
    /// The manifest, read.
    pub(crate) manifest: Manifest,
    /// The tag that is to point at it.
    pub(crate) tag: Option<Tag>,
    /// When.
    pub(crate) now: Timestamp,
}

/// What became of an image that was put.
#[derive(Debug)]
pub(crate) enum Put {
    /// It was there already, with that tag.
    Found(Digest),
    /// It is there, or has the tag, for the first time.
    Stored(Digest),
}

/// Puts an image: all that it refers to must be there, and an immutable tag must be free.
pub(crate) async fn put(call: &Call, new: NewImage) -> Result<Put, ApiError> {
    let digest = Digest::of(new.text.as_bytes());
    call.store()
        .write(|tx| {
            let identity = &call.identity;
            let repository = tx
                .state()
                .repositories
                .get(new.repository.as_str())
                .cloned()
                .ok_or_else(|| fault::repository_not_found(identity, new.repository.as_str()))?;
            let size = size_of(tx.state(), identity, &new)?;
            let key = Image::key_of(&repository.name, digest.as_str());
            let present = tx.state().images.get(&key).cloned();
            let has_tag = |image: &Image| {
                let tag = new.tag.as_ref();
                tag.is_none_or(|tag| image.tags.contains(tag.as_str()))
            };
            if present.as_deref().is_some_and(has_tag) {
                return Ok(Put::Found(digest));
            }
            if let Some(tag) = &new.tag {
                free_tag(tx, identity, &repository, tag)?;
            }
            let mut image = present.map_or_else(
                || fresh(new.text, &new.manifest, &repository, &digest, size, new.now),
                |image| Image::clone(&image),
            );
            image
                .tags
                .extend(new.tag.map(|tag| tag.as_str().to_owned()));
            tx.put(image);
            Ok(Put::Stored(digest))
        })
        .await
}

/// The image that a reference names.
pub(crate) fn find(
    state: &AccountState,
    repository: &str,
    reference: &Reference,
) -> Option<Arc<Image>> {
    match reference {
        Reference::Digest(digest) => state
            .images
            .get(&Image::key_of(repository, digest.as_str()))
            .cloned(),
        Reference::Tag(tag) => images_of(state, repository)
            .find(|image| image.tags.contains(tag.as_str()))
            .cloned(),
    }
}

/// The images of a repository, by digest.
pub(crate) fn images_of<'a>(
    state: &'a AccountState,
    repository: &str,
) -> impl Iterator<Item = &'a Arc<Image>> {
    let first = Image::key_of(repository, "");
    let prefix = first.clone();
    state
        .images
        .range(first..)
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .map(|(_, image)| image)
}

/// Digests of the manifests that an image lists.
pub(crate) fn children_of(image: &Image) -> Vec<Digest> {
    if !MediaType::parse(&image.media_type).is_some_and(MediaType::is_list) {
        return Vec::new();
    }
    Manifest::parse(&image.manifest, Some(&image.media_type))
        .map(|manifest| manifest.manifests)
        .unwrap_or_default()
}

/// What a deletion did.
#[derive(Debug)]
pub(crate) enum Deleted {
    /// The image is gone, with these tags.
    Image(Arc<Image>),
    /// There is no such image.
    Nothing,
    /// It stays: these images list it.
    Referenced(Vec<String>),
    /// The tag is gone; the image stays.
    Tag(Arc<Image>),
}

/// Deletes what a reference names: an image by its digest, a tag by its name. An image goes with its
/// last tag, unless an index lists it.
///
/// Source: Amazon ECR API Reference, `BatchDeleteImage`.
pub(crate) fn delete(
    tx: &mut AccountTransaction<'_, '_>,
    repository: &str,
    reference: &Reference,
) -> Deleted {
    let Some(image) = find(tx.state(), repository, reference) else {
        return Deleted::Nothing;
    };
    let parents = parents_of(tx.state(), &image);
    match reference {
        Reference::Digest(_) if !parents.is_empty() => Deleted::Referenced(parents),
        Reference::Tag(tag) if image.tags.len() > 1 || !parents.is_empty() => {
            let mut left = Image::clone(&image);
            left.tags.remove(tag.as_str());
            tx.put(left);
            Deleted::Tag(image)
        }
        Reference::Digest(_) | Reference::Tag(_) => {
            tx.delete::<Image>(&image.record_key());
            Deleted::Image(image)
        }
    }
}

/// Digests of the images that list this one.
fn parents_of(state: &AccountState, image: &Image) -> Vec<String> {
    images_of(state, &image.repository)
        .filter(|other| {
            children_of(other)
                .iter()
                .any(|child| child.as_str() == image.digest)
        })
        .map(|other| other.digest.clone())
        .collect()
}

/// The image's size: of its config and layers together, or of the largest image that it lists
/// (Amazon ECR API Reference, `ImageDetail`). Fails when any of them is not in the repository.
fn size_of(state: &AccountState, identity: &LabIdentity, new: &NewImage) -> Result<u64, ApiError> {
    let repository = new.repository.as_str();
    let mut missing = Vec::new();
    let mut size: u64 = 0;
    // A layer may stand in a manifest twice.
    let blobs: BTreeSet<&Digest> = new.manifest.blobs.iter().collect();
    for digest in blobs {
        let key = RepositoryBlob::key_of(repository, digest.as_str());
        match state.blobs.get(&key) {
            Some(blob) => size += blob.size,
            None => missing.push(digest.to_string()),
        }
    }
    if !missing.is_empty() {
        return Err(fault::layers_not_found(identity, repository, &missing));
    }
    for digest in &new.manifest.manifests {
        let key = Image::key_of(repository, digest.as_str());
        let child = state
            .images
            .get(&key)
            .ok_or_else(|| fault::referenced_images_not_found(digest.as_str()))?;
        size = size.max(child.size);
    }
    Ok(size)
}

/// Takes the tag from the image that has it.
fn free_tag(
    tx: &mut AccountTransaction<'_, '_>,
    identity: &LabIdentity,
    repository: &Repository,
    tag: &Tag,
) -> Result<(), ApiError> {
    let reference = Reference::Tag(tag.clone());
    let Some(holder) = find(tx.state(), &repository.name, &reference) else {
        return Ok(());
    };
    if repository.has_immutable_tags {
        return Err(fault::image_tag_already_exists(
            identity,
            &repository.name,
            tag.as_str(),
        ));
    }
    let mut holder = Image::clone(&holder);
    holder.tags.remove(tag.as_str());
    tx.put(holder);
    Ok(())
}

fn fresh(
    text: String,
    manifest: &Manifest,
    repository: &Repository,
    digest: &Digest,
    size: u64,
    now: Timestamp,
) -> Image {
    Image {
        repository: repository.name.clone(),
        digest: digest.to_string(),
        media_type: manifest.media_type.as_str().to_owned(),
        artifact_type: manifest.artifact_type.clone(),
        manifest: text,
        size,
        pushed: now,
        pulled: None,
        tags: BTreeSet::new(),
        subject: manifest.subject.as_ref().map(Digest::to_string),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::manifest::MediaType;
    use super::*;
    use crate::store::{AccountStore, Store, StoreFailed};

    fn image(text: &str, media_type: MediaType, tags: &[&str]) -> Image {
        Image {
            repository: "my-app".to_owned(),
            digest: Digest::of(text.as_bytes()).to_string(),
            media_type: media_type.as_str().to_owned(),
            artifact_type: None,
            manifest: text.to_owned(),
            size: 1,
            pushed: Timestamp::UNIX_EPOCH,
            pulled: None,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            subject: None,
        }
    }

    fn index_of(child: &Image) -> Image {
        let text = json!({
            "schemaVersion": 2,
            "manifests": [{ "mediaType": child.media_type, "digest": child.digest, "size": 1 }],
        });
        image(&text.to_string(), MediaType::OciIndex, &["all"])
    }

    async fn deleted(store: AccountStore<'_>, reference: &str) -> Deleted {
        let reference = Reference::parse(reference).unwrap();
        store
            .write::<_, StoreFailed>(|tx| Ok(delete(tx, "my-app", &reference)))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_image_goes_with_its_last_tag() {
        let folder = tempfile::tempdir().unwrap();
        let whole = Store::open(folder.path()).unwrap();
        let store = whole.of("111122223333".parse().unwrap());
        let child = image("child", MediaType::OciManifest, &["v1", "v2"]);
        let (digest, index) = (child.digest.clone(), index_of(&child));
        let index_digest = index.digest.clone();
        store
            .write::<_, StoreFailed>(|tx| {
                tx.put(child);
                tx.put(index);
                Ok(())
            })
            .await
            .unwrap();
        assert!(matches!(deleted(store, "v3").await, Deleted::Nothing));
        assert!(matches!(deleted(store, "v1").await, Deleted::Tag(_)));
        // Listed by the index: the last tag goes, the image does not.
        assert!(matches!(deleted(store, "v2").await, Deleted::Tag(_)));
        assert!(
            matches!(deleted(store, &digest).await, Deleted::Referenced(by) if by == [index_digest])
        );
        assert!(matches!(deleted(store, "all").await, Deleted::Image(_)));
        assert!(matches!(deleted(store, &digest).await, Deleted::Image(_)));
        assert_eq!(store.read(|state| state.images.len()), 0);
    }

    #[tokio::test]
    async fn images_are_found_in_their_own_repository_only() {
        let folder = tempfile::tempdir().unwrap();
        let whole = Store::open(folder.path()).unwrap();
        let store = whole.of("111122223333".parse().unwrap());
        let mine = image("mine", MediaType::OciManifest, &["v1"]);
        let other = Image {
            repository: "my-app-2".to_owned(),
            ..image("other", MediaType::OciManifest, &["v2"])
        };
        let other_digest = other.digest.clone();
        store
            .write::<_, StoreFailed>(|tx| {
                tx.put(mine);
                tx.put(other);
                Ok(())
            })
            .await
            .unwrap();
        let found = |text: &str| {
            let reference = Reference::parse(text).unwrap();
            store.read(|state| find(state, "my-app", &reference).is_some())
        };
        assert!(found("v1"));
        assert!(!found("v2"));
        assert!(!found(&other_digest));
        assert_eq!(store.read(|state| images_of(state, "my-app").count()), 1);
    }
}
