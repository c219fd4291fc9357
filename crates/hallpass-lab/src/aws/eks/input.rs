//! What EKS's operations take, and what each asks permission for.

use hallpass_types::ServiceAccountName;

use super::fault;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::CLUSTER;
use crate::store::records::Tags;

/// Lets the call go on if the caller may carry out this operation on a resource, of which conditions
/// may see its tags, the request's tags and more.
pub(super) fn ask(
    call: &mut Call,
    resource: &str,
    tags: Option<&Tags>,
    with: impl FnOnce(Wanted<'_>) -> Wanted<'_>,
) -> Result<(), ApiError> {
    let action = format!("eks:{}", call.operation);
    let mut wanted = Wanted::new(&action, resource);
    if let Some(tags) = tags {
        wanted = wanted.with_resource_tags(tags);
    }
    call.authorize(&with(wanted))
}

/// The same for the cluster, which must then be there.
pub(super) fn ask_of_cluster(
    call: &mut Call,
    name: &str,
    with: impl FnOnce(Wanted<'_>) -> Wanted<'_>,
) -> Result<(), ApiError> {
    let arn = call.identity.eks_arn(&format!("cluster/{name}"));
    let tags = super::tags::cluster_tags(call);
    ask(
        call,
        &arn,
        Some(&tags).filter(|_| is_here(call, name)),
        with,
    )?;
    check_cluster(call, name)
}

/// Refuses the name of another cluster than the lab's, which its first account owns.
pub(super) fn check_cluster(call: &Call, name: &str) -> Result<(), ApiError> {
    if is_here(call, name) {
        return Ok(());
    }
    Err(fault::no_cluster(&short(name)))
}

fn is_here(call: &Call, name: &str) -> bool {
    name == CLUSTER && call.identity.account == call.world.identity.account
}

/// A service account's name; its parts are those of any Kubernetes object.
pub(super) fn account(namespace: &str, name: &str) -> Result<ServiceAccountName, ApiError> {
    ServiceAccountName::new(namespace, name).map_err(|error| fault::parameter(error.to_string()))
}

/// Tags within EKS's limits.
pub(super) fn check_tags(tags: &Tags) -> Result<(), ApiError> {
    let is_fit = |(key, value): (&String, &String)| {
        (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && !key.to_ascii_lowercase().starts_with("aws:")
    };
    if tags.len() <= MAX_TAGS && tags.iter().all(is_fit) {
        return Ok(());
    }
    Err(fault::parameter(
        "a resource has at most 50 tags, with keys of 1 to 128 characters that do not begin with `aws:`, and values of at most 256",
    ))
}

/// Tags as the engine takes those of a request.
pub(super) fn pairs(tags: &Tags) -> Vec<(String, String)> {
    tags.iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A client's text, no longer than any honest one.
pub(super) fn short(text: &str) -> String {
    text.chars().take(128).collect()
}

const MAX_TAGS: usize = 50;
