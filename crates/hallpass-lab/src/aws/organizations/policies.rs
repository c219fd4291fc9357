//! Service and resource control policies: made, told, listed, changed, deleted.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Permission;
use super::arns::Arns;
use super::aws_managed;
use super::content;
use super::fault::{self, constraint, exception, invalid};
use super::fresh::{ALL_FEATURES, word};
use super::input::{self, Tag, add_tags, pairs};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::records::{ControlKind, Organization, OrganizationPolicy, Tags};
use crate::store::{OrganizationState, Transaction};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatePolicy {
    content: Option<String>,
    description: Option<String>,
    name: Option<String>,
    r#type: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreatePolicy`: its kind need not be enabled yet.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: CreatePolicy = call.take_json()?;
    let kind = input::kind(wish.r#type, "Type")?;
    let name = input::text(wish.name, "Name", MAX_NAME)?;
    let description = description(wish.description)?;
    let text = input::text(wish.content, "Content", MAX_CONTENT)?;
    let added = pairs(wish.tags);
    let permission = Permission::default().of_kind(kind).with_tags(&added);
    let organization = permission.ask(call)?;
    if organization.feature_set != ALL_FEATURES {
        return Err(exception(
            "PolicyTypeNotAvailableForOrganizationException",
            "This operation can be performed only for organizations that have all features enabled.",
        ));
    }
    let mut tags = Tags::new();
    add_tags(&mut tags, added)?;
    let policy = OrganizationPolicy {
        id: format!("p-{}", word(&*call.world.chance, 8)),
        name,
        description: description.unwrap_or_default(),
        kind,
        content: content::read(&text, kind)?,
        targets: BTreeSet::new(),
        is_aws_managed: false,
        tags,
    };
    let made = call
        .world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            must_be_free(state, kind, &policy.name)?;
            let count = state.policies.values().filter(|found| found.kind == kind);
            if count.count() > most(kind) {
                return Err(constraint(
                    "POLICY_NUMBER_LIMIT_EXCEEDED",
                    "You have exceeded the number of policies that you can have in an organization.",
                ));
            }
            tx.put(policy.clone());
            Ok(policy)
        })
        .await?;
    Ok(answer(&call.identity, &organization, &made))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    policy_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    content: Option<String>,
}

/// `DescribePolicy`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = policy_id(wish.policy_id)?;
    let organization = Permission::on_policy(&id).ask(call)?;
    let policy = call
        .world
        .store
        .read(|state| state.organization().policies.get(&id).cloned())
        .ok_or_else(fault::no_policy)?;
    Ok(answer(&call.identity, &organization, &policy))
}

/// `UpdatePolicy`: what is not given stays.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = policy_id(wish.policy_id)?;
    let name = wish
        .name
        .map(|name| input::text(Some(name), "Name", MAX_NAME))
        .transpose()?;
    let description = description(wish.description)?;
    let text = wish
        .content
        .map(|text| input::text(Some(text), "Content", MAX_CONTENT))
        .transpose()?;
    let organization = Permission::on_policy(&id).ask(call)?;
    let changed = call
        .world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            let mut policy = own(state, &id)?;
            if let Some(name) = name.filter(|name| *name != policy.name) {
                must_be_free(state, policy.kind, &name)?;
                policy.name = name;
            }
            policy.description = description.unwrap_or(policy.description);
            if let Some(text) = text {
                policy.content = content::read(&text, policy.kind)?;
            }
            tx.put(policy.clone());
            Ok::<_, ApiError>(policy)
        })
        .await?;
    Ok(answer(&call.identity, &organization, &changed))
}

/// `DeletePolicy`: once it is attached to nothing.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Named = call.take_json()?;
    let id = policy_id(wish.policy_id)?;
    Permission::on_policy(&id).ask(call)?;
    call.world
        .store
        .write(|tx| {
            let policy = own(tx.state().organization(), &id)?;
            if !policy.targets.is_empty() {
                return Err(exception(
                    "PolicyInUseException",
                    "This policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
                ));
            }
            tx.delete::<OrganizationPolicy>(&id);
            Ok(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListPolicies {
    filter: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListPolicies`: those of a kind.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListPolicies = call.take_json()?;
    let kind = input::kind(wish.filter, "Filter")?;
    let organization = Permission::default().of_kind(kind).ask(call)?;
    call.world.store.read(|state| {
        let policies = state.organization().policies.values();
        let told = policies.filter(|policy| policy.kind == kind).map(|policy| {
            (
                policy.id.clone(),
                summary(&call.identity, &organization, policy),
            )
        });
        wish.paging.answer("Policies", told)
    })
}

/// Attaches to a unit or account that has come the policies that allow everything, of the kinds that
/// are enabled.
pub(super) fn join(tx: &mut Transaction<'_>, id: &str) {
    let state = tx.state().organization();
    let organization = state.organizations.values().next();
    let kinds = organization.map(|found| found.enabled.clone());
    for kind in kinds.into_iter().flatten() {
        let policies = &tx.state().organization().policies;
        if let Some(policy) = policies.get(aws_managed::id(kind)) {
            let mut policy = OrganizationPolicy::clone(policy);
            policy.targets.insert(id.to_owned());
            tx.put(policy);
        }
    }
}

/// Detaches everything from a unit that goes.
pub(super) fn forget(tx: &mut Transaction<'_>, id: &str) {
    let policies = tx.state().organization().policies.values();
    let attached: Vec<OrganizationPolicy> = policies
        .filter(|policy| policy.targets.contains(id))
        .map(|policy| OrganizationPolicy::clone(policy))
        .collect();
    for mut policy in attached {
        policy.targets.remove(id);
        tx.put(policy);
    }
}

/// A policy without its document.
pub(super) fn summary(
    identity: &LabIdentity,
    organization: &Organization,
    policy: &OrganizationPolicy,
) -> Value {
    json!({
        "Id": policy.id,
        "Arn": Arns::of(identity.partition, organization).policy(policy),
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.kind.as_str(),
        "AwsManaged": policy.is_aws_managed,
    })
}

/// Reads a policy's ID.
pub(super) fn policy_id(id: Option<String>) -> Result<String, ApiError> {
    input::id(id, "PolicyId", input::is_policy)
}

/// A policy that may be changed.
fn own(state: &OrganizationState, id: &str) -> Result<OrganizationPolicy, ApiError> {
    let policy = state.policies.get(id).ok_or_else(fault::no_policy)?;
    if policy.is_aws_managed {
        return Err(invalid(
            "IMMUTABLE_POLICY",
            "You specified a policy that is managed by AWS and can't be modified.",
        ));
    }
    Ok(OrganizationPolicy::clone(policy))
}

fn must_be_free(state: &OrganizationState, kind: ControlKind, name: &str) -> Result<(), ApiError> {
    let mut policies = state.policies.values();
    if policies.any(|policy| policy.kind == kind && policy.name == name) {
        return Err(fault::duplicate_policy());
    }
    Ok(())
}

fn description(text: Option<String>) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if !text.is_empty() => {
            input::text(Some(text), "Description", MAX_DESCRIPTION).map(Some)
        }
        empty_or_absent => Ok(empty_or_absent),
    }
}

fn answer(
    identity: &LabIdentity,
    organization: &Organization,
    policy: &OrganizationPolicy,
) -> Answer {
    Answer::Json(json!({ "Policy": {
        "PolicySummary": summary(identity, organization, policy),
        "Content": policy.content.as_str(),
    } }))
}

/// Policies of a kind that an organisation may have, AWS's own aside ("Quotas").
const fn most(kind: ControlKind) -> usize {
    match kind {
        ControlKind::Resource => 1000,
        ControlKind::Service => 10_000,
    }
}

const MAX_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 512;
// Before the quota of the kind is asked.
const MAX_CONTENT: usize = 1 << 20;
