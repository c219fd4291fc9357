//! Tags of EKS's resources: the cluster, associations, access entries.

use hallpass_types::Arn;
use serde::Deserialize;
use serde_json::json;

use super::fault;
use super::input::{ask, check_tags, pairs, short};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::CLUSTER;
use crate::store::State;
use crate::store::records::{AccessEntry, PodIdentityAssociation, Setting, Tags};

/// The cluster's own tags.
pub(super) fn cluster_tags(call: &Call) -> Tags {
    call.world.store.read(read_cluster_tags)
}

fn read_cluster_tags(state: &State) -> Tags {
    let kept = state.settings.get(CLUSTER_TAGS);
    kept.and_then(|setting| serde_json::from_str(&setting.value).ok())
        .unwrap_or_default()
}

/// What an ARN names.
enum Tagged {
    Association(PodIdentityAssociation),
    Cluster(Tags),
    Entry(AccessEntry),
}

impl Tagged {
    fn find(state: &State, resource: &str) -> Option<Self> {
        let mut parts = resource.split('/');
        match (parts.next()?, parts.next()?) {
            ("cluster", CLUSTER) => Some(Self::Cluster(read_cluster_tags(state))),
            ("podidentityassociation", CLUSTER) => {
                let found = state.pod_identity_associations.get(parts.next()?)?;
                Some(Self::Association(PodIdentityAssociation::clone(found)))
            }
            ("access-entry", CLUSTER) => {
                let uuid = parts.next_back()?;
                let found = state.access_entries.values().find(|one| one.uuid == uuid)?;
                Some(Self::Entry(AccessEntry::clone(found)))
            }
            _ => None,
        }
    }

    const fn tags(&self) -> &Tags {
        match self {
            Self::Association(one) => &one.tags,
            Self::Cluster(tags) => tags,
            Self::Entry(one) => &one.tags,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: String,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `ListTagsForResource`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Input = call.take_json()?;
    let found = permitted(call, &input)?;
    Ok(Answer::Json(json!({ "tags": found.tags() })))
}

/// `TagResource`.
pub(super) async fn tag(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Input = call.take_json()?;
    permitted(call, &input)?;
    change(call, &input, |tags| {
        tags.extend(input.tags.clone());
        check_tags(tags)
    })
    .await
}

/// `UntagResource`.
pub(super) async fn untag(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Input = call.take_json()?;
    permitted(call, &input)?;
    change(call, &input, |tags| {
        for key in &input.tag_keys {
            tags.remove(key);
        }
        Ok(())
    })
    .await
}

fn permitted(call: &mut Call, input: &Input) -> Result<Tagged, ApiError> {
    let found = call
        .world
        .store
        .read(|state| Tagged::find(state, resource(call, &input.resource_arn)?));
    let asked = pairs(&input.tags);
    let tags = found.as_ref().map(|found| found.tags().clone());
    ask(call, &input.resource_arn, tags.as_ref(), |wanted| {
        let mut wanted = wanted.with_request_tags(&asked);
        if !input.tag_keys.is_empty() {
            let keys = ("aws:TagKeys".to_owned(), input.tag_keys.clone());
            wanted.context.push(keys);
        }
        wanted
    })?;
    found.ok_or_else(|| absent(&input.resource_arn))
}

/// The resource of an ARN of the cluster's account.
fn resource<'a>(call: &Call, arn: &'a str) -> Option<&'a str> {
    let parsed: Arn = arn.parse().ok()?;
    let own = &call.world.identity;
    let is_here = call.identity.account == own.account && own.eks_arn(parsed.resource()) == arn;
    arn.splitn(6, ':').nth(5).filter(|_| is_here)
}

async fn change(
    call: &Call,
    input: &Input,
    work: impl Fn(&mut Tags) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let missing = || absent(&input.resource_arn);
    let resource = resource(call, &input.resource_arn).ok_or_else(missing)?;
    call.world
        .store
        .write(|tx| {
            match Tagged::find(tx.state(), resource).ok_or_else(missing)? {
                Tagged::Association(mut one) => {
                    work(&mut one.tags)?;
                    tx.put(one);
                }
                Tagged::Cluster(mut tags) => {
                    work(&mut tags)?;
                    // INVARIANT: a map of strings can always be written as JSON.
                    let value = serde_json::to_string(&tags).unwrap_or_default();
                    let name = CLUSTER_TAGS.to_owned();
                    tx.put(Setting { name, value });
                }
                Tagged::Entry(mut one) => {
                    work(&mut one.tags)?;
                    tx.put(one);
                }
            }
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

fn absent(arn: &str) -> ApiError {
    let arn = short(arn);
    let mut error = fault::not_found(format!("Unable to find the resource with ARN: {arn}"));
    error.code = "NotFoundException";
    error
}

const CLUSTER_TAGS: &str = "eks-cluster-tags";
