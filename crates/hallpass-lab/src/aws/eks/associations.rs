//! Pod identity associations, as they are looked up.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_types::ServiceAccountName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::{ask, ask_of_cluster, check_cluster, short};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::identity::{CLUSTER, LabIdentity};
use crate::store::State;
use crate::store::records::PodIdentityAssociation;

/// The association of a service account.
pub(crate) fn association_of(
    state: &State,
    account: &ServiceAccountName,
) -> Option<Arc<PodIdentityAssociation>> {
    let mut all = state.pod_identity_associations.values();
    all.find(|one| one.is_of(account)).cloned()
}

/// The service accounts that have one.
pub(crate) fn associated_accounts(state: &State) -> BTreeSet<ServiceAccountName> {
    let all = state.pod_identity_associations.values();
    all.filter_map(|one| ServiceAccountName::new(&one.namespace, &one.service_account).ok())
        .collect()
}

/// The association's own ARN.
pub(crate) fn association_arn(identity: &LabIdentity, id: &str) -> String {
    identity.eks_arn(&format!("podidentityassociation/{CLUSTER}/{id}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    namespace: Option<String>,
    service_account: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListPodIdentityAssociations`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Listed = call.take_json()?;
    ask_of_cluster(call, &input.name, |wanted| wanted)?;
    let is_wanted = |wanted: &Option<String>, found: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == found)
    };
    let found: Vec<(String, Value)> = call.world.store.read(|state| {
        let all = state.pod_identity_associations.values();
        all.filter(|one| is_wanted(&input.namespace, &one.namespace))
            .filter(|one| is_wanted(&input.service_account, &one.service_account))
            .map(|one| (one.id.clone(), summary(&call.identity, one)))
            .collect()
    });
    input.paging.answer("associations", found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    association_id: String,
}

/// `DescribePodIdentityAssociation`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let Named {
        name,
        association_id,
    } = call.take_json()?;
    let found = permitted(call, &name, &association_id)?;
    Ok(answer(call, &found))
}

/// The association that a call names, if the caller may carry out the operation on it.
pub(super) fn permitted(
    call: &mut Call,
    cluster: &str,
    id: &str,
) -> Result<Arc<PodIdentityAssociation>, ApiError> {
    let arn = call
        .identity
        .eks_arn(&format!("podidentityassociation/{cluster}/{id}"));
    let found = check_cluster(call, cluster).ok().and_then(|()| {
        let read = |state: &State| state.pod_identity_associations.get(id).cloned();
        call.world.store.read(read)
    });
    ask(
        call,
        &arn,
        found.as_deref().map(|one| &one.tags),
        |wanted| wanted,
    )?;
    check_cluster(call, cluster)?;
    found.ok_or_else(|| absent(id))
}

pub(super) fn absent(id: &str) -> ApiError {
    fault::not_found(format!("Association not found: {}", short(id)))
}

/// The answer that tells of one association.
pub(super) fn answer(call: &Call, one: &PodIdentityAssociation) -> Answer {
    let mut whole = summary(&call.identity, one);
    let more = json!({
        "roleArn": one.role_arn,
        "tags": one.tags,
        "createdAt": epoch(one.created),
        "modifiedAt": epoch(one.modified),
        "disableSessionTags": one.disable_session_tags,
        "targetRoleArn": one.target_role_arn,
        "externalId": external_id(&call.world.identity, one),
        "policy": one.policy,
    });
    if let (Some(fields), Value::Object(more)) = (whole.as_object_mut(), more) {
        fields.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Answer::Json(json!({ "association": whole }))
}

/// What the trust policy of a target role may ask for, so that no other association gets it.
pub(crate) fn external_id(identity: &LabIdentity, one: &PodIdentityAssociation) -> Option<String> {
    one.target_role_arn.as_ref()?;
    let LabIdentity {
        region, account, ..
    } = identity;
    let (namespace, name) = (&one.namespace, &one.service_account);
    Some(format!("{region}/{account}/{CLUSTER}/{namespace}/{name}"))
}

fn summary(identity: &LabIdentity, one: &PodIdentityAssociation) -> Value {
    json!({
        "clusterName": CLUSTER,
        "namespace": one.namespace,
        "serviceAccount": one.service_account,
        "associationArn": association_arn(identity, &one.id),
        "associationId": one.id,
    })
}
