//! ECR's operations by their names.

use super::{
    delete_images, layers, list_images, login, policies, put_image, read_images, repositories,
    tags, uploads,
};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    match call.operation.as_str() {
        "BatchCheckLayerAvailability" => layers::batch_check_layer_availability(call),
        "BatchDeleteImage" => delete_images::batch_delete_image(call).await,
        "BatchGetImage" => read_images::batch_get_image(call),
        "CompleteLayerUpload" => uploads::complete_layer_upload(call).await,
        "CreateRepository" => repositories::create_repository(call).await,
        "DeleteRepository" => repositories::delete_repository(call).await,
        "DeleteRepositoryPolicy" => policies::delete_repository_policy(call).await,
        "DescribeImages" => list_images::describe_images(call),
        "DescribeRegistry" => login::describe_registry(call),
        "DescribeRepositories" => repositories::describe_repositories(call),
        "GetAuthorizationToken" => login::get_authorization_token(call),
        "GetDownloadUrlForLayer" => layers::get_download_url_for_layer(call),
        "GetRepositoryPolicy" => policies::get_repository_policy(call),
        "InitiateLayerUpload" => uploads::initiate_layer_upload(call).await,
        "ListImageReferrers" => list_images::list_image_referrers(call),
        "ListImages" => list_images::list_images(call),
        "ListTagsForResource" => tags::list_tags_for_resource(call),
        "PutImage" => put_image::put_image(call).await,
        "PutImageTagMutability" => repositories::put_image_tag_mutability(call).await,
        "SetRepositoryPolicy" => policies::set_repository_policy(call).await,
        "TagResource" => tags::tag_resource(call).await,
        "UntagResource" => tags::untag_resource(call).await,
        "UploadLayerPart" => uploads::upload_layer_part(call).await,
        // AWS answers an operation that a JSON service does not have with the code alone.
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}
