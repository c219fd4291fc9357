//! ECR's exceptions, in its own words.
//!
//! Source: Amazon ECR API Reference, errors of each action; messages as clients quote them.

use crate::aws::error::ApiError;
use crate::identity::LabIdentity;

pub(crate) fn repository_not_found(identity: &LabIdentity, name: &str) -> ApiError {
    ApiError::new(
        400,
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(super) fn repository_already_exists(identity: &LabIdentity, name: &str) -> ApiError {
    ApiError::new(
        400,
        "RepositoryAlreadyExistsException",
        format!(
            "The repository with name '{name}' already exists in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(super) fn repository_not_empty(identity: &LabIdentity, name: &str) -> ApiError {
    ApiError::new(
        400,
        "RepositoryNotEmptyException",
        format!(
            "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
            identity.account
        ),
    )
}

pub(super) fn policy_not_found(identity: &LabIdentity, name: &str) -> ApiError {
    ApiError::new(
        400,
        "RepositoryPolicyNotFoundException",
        format!(
            "Repository policy does not exist for the repository with name '{name}' in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(super) fn image_not_found(identity: &LabIdentity, name: &str, image_id: &str) -> ApiError {
    ApiError::new(
        400,
        "ImageNotFoundException",
        format!(
            "The image with imageId {image_id} does not exist within the repository with name '{name}' in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(super) fn image_already_exists(
    identity: &LabIdentity,
    name: &str,
    digest: &str,
    tag: Option<&str>,
) -> ApiError {
    let tag = tag.map_or_else(String::new, |tag| format!(" and tag '{tag}'"));
    ApiError::new(
        400,
        "ImageAlreadyExistsException",
        format!(
            "Image with digest '{digest}'{tag} already exists in the repository with name '{name}' in registry with id '{}'",
            identity.account
        ),
    )
}

pub(crate) fn image_tag_already_exists(identity: &LabIdentity, name: &str, tag: &str) -> ApiError {
    ApiError::new(
        400,
        "ImageTagAlreadyExistsException",
        format!(
            "The image tag '{tag}' already exists in the '{name}' repository in registry '{}' and cannot be overwritten because the repository is immutable.",
            identity.account
        ),
    )
}

pub(super) fn image_digest_does_not_match() -> ApiError {
    ApiError::new(
        400,
        "ImageDigestDoesNotMatchException",
        "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
    )
}

pub(crate) fn referenced_images_not_found(digest: &str) -> ApiError {
    ApiError::new(
        400,
        "ReferencedImagesNotFoundException",
        format!("The manifest list is referencing an image that does not exist: {digest}"),
    )
}

pub(crate) fn layers_not_found(identity: &LabIdentity, name: &str, digests: &[String]) -> ApiError {
    ApiError::new(
        400,
        "LayersNotFoundException",
        format!(
            "Layers with digests '[{}]' required for pushing image into repository with name '{name}' in the registry with id '{}' do not exist",
            digests.join(", "),
            identity.account
        ),
    )
}

pub(super) fn layer_not_found(identity: &LabIdentity, name: &str, digest: &str) -> ApiError {
    ApiError::new(
        400,
        "LayersNotFoundException",
        format!(
            "The layer with digest '{digest}' does not exist in the repository with name '{name}' in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(super) fn layer_already_exists(identity: &LabIdentity, name: &str, digest: &str) -> ApiError {
    ApiError::new(
        400,
        "LayerAlreadyExistsException",
        format!(
            "Layer with digest '{digest}' already exists in the repository with name '{name}' in the registry with id '{}'",
            identity.account
        ),
    )
}

pub(crate) fn upload_not_found(id: &str) -> ApiError {
    // An ID of the client's making may be of any length.
    let id: String = id.chars().take(64).collect();
    ApiError::new(
        400,
        "UploadNotFoundException",
        format!("The upload with id '{id}' could not be found in the repository."),
    )
}

pub(super) fn empty_upload() -> ApiError {
    ApiError::new(
        400,
        "EmptyUploadException",
        "The specified layer upload does not contain any layer parts.",
    )
}

pub(crate) fn invalid_layer(computed: &str) -> ApiError {
    ApiError::new(
        400,
        "InvalidLayerException",
        format!(
            "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified: it is {computed}"
        ),
    )
}

pub(crate) fn invalid_layer_part(received: u64) -> ApiError {
    ApiError::new(
        400,
        "InvalidLayerPartException",
        format!(
            "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a previous layer part upload: {received} bytes have been received"
        ),
    )
}

/// A parameter that does not match its pattern, in the words of ECR's own validation.
pub(super) fn parameter(name: &str, constraint: &str) -> ApiError {
    ApiError::new(
        400,
        "InvalidParameterException",
        format!("Invalid parameter at '{name}' failed to satisfy constraint: '{constraint}'"),
    )
}

pub(super) fn invalid_tag(message: &str) -> ApiError {
    ApiError::new(400, "InvalidTagParameterException", message)
}

pub(crate) fn limit(message: &str) -> ApiError {
    ApiError::new(400, "LimitExceededException", message)
}

/// Why an image that an index lists cannot be deleted.
pub(crate) fn referenced_by(digests: &[String]) -> String {
    format!(
        "Requested image referenced by manifest list: [{}]",
        digests.join(", ")
    )
}
