//! What the policies are attached to.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::access::Permission;
use super::arns::Arns;
use super::aws_managed;
use super::fault::{self, constraint, exception, invalid};
use super::input;
use super::node::Node;
use super::page::Paging;
use super::policies::{policy_id, summary};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::OrganizationState;
use crate::store::records::{ControlKind, OrganizationPolicy};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    policy_id: Option<String>,
    target_id: Option<String>,
}

/// `AttachPolicy`.
pub(super) async fn attach(call: &mut Call) -> Result<Answer, ApiError> {
    change(call, |state, policy, target| {
        if !policy.targets.insert(target.to_owned()) {
            return Err(exception(
                "DuplicatePolicyAttachmentException",
                "The specified policy is already attached to the specified target.",
            ));
        }
        if attached(state, policy.kind, target).count() >= most(policy.kind) {
            return Err(constraint(
                "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You have attached the maximum number of policies to the specified target.",
            ));
        }
        Ok(())
    })
    .await
}

/// `DetachPolicy`: the last one stays.
pub(super) async fn detach(call: &mut Call) -> Result<Answer, ApiError> {
    change(call, |state, policy, target| {
        if policy.id == aws_managed::id(ControlKind::Resource) {
            return Err(invalid(
                "NON_DETACHABLE_POLICY",
                "You can't detach this AWS managed policy.",
            ));
        }
        if !policy.targets.remove(target) {
            return Err(exception(
                "PolicyNotAttachedException",
                "This policy is not attached to the specified target.",
            ));
        }
        if attached(state, policy.kind, target).count() == 1 {
            return Err(constraint(
                "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.",
            ));
        }
        Ok(())
    })
    .await
}

async fn change(
    call: &mut Call,
    work: impl FnOnce(&OrganizationState, &mut OrganizationPolicy, &str) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let wish: Pair = call.take_json()?;
    let policy = policy_id(wish.policy_id)?;
    let target = input::id(wish.target_id, "TargetId", input::is_target)?;
    Permission::on_policy(&policy).and(&target).ask(call)?;
    call.world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            let found = state.policies.get(&policy).ok_or_else(fault::no_policy)?;
            let mut policy = OrganizationPolicy::clone(found);
            Node::find(state, &target).ok_or_else(fault::no_target)?;
            check_enabled(state, policy.kind)?;
            work(state, &mut policy, &target)?;
            tx.put(policy);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListForTarget {
    target_id: Option<String>,
    filter: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListPoliciesForTarget`: those attached directly.
pub(super) fn list_for_target(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListForTarget = call.take_json()?;
    let target = input::id(wish.target_id, "TargetId", input::is_target)?;
    let kind = input::kind(wish.filter, "Filter")?;
    let organization = Permission::on(&target).of_kind(kind).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        Node::find(state, &target).ok_or_else(fault::no_target)?;
        let told = attached(state, kind, &target).map(|policy| {
            (
                policy.id.clone(),
                summary(&call.identity, &organization, policy),
            )
        });
        wish.paging.answer("Policies", told)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTargets {
    policy_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListTargetsForPolicy`.
pub(super) fn list_targets(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListTargets = call.take_json()?;
    let id = policy_id(wish.policy_id)?;
    let organization = Permission::on_policy(&id).ask(call)?;
    let arns = Arns::of(call.identity.partition, &organization);
    call.world.store.read(|state| {
        let state = state.organization();
        let policy = state.policies.get(&id).ok_or_else(fault::no_policy)?;
        let nodes = policy
            .targets
            .iter()
            .filter_map(|id| Some((id, Node::find(state, id)?)));
        let told = nodes.map(|(id, node)| {
            let told = json!({
                "TargetId": id,
                "Arn": arns.node(id),
                "Name": node.name(),
                "Type": node.kind(),
            });
            (id.clone(), told)
        });
        wish.paging.answer("Targets", told)
    })
}

/// The policies of a kind that are attached directly.
fn attached<'s>(
    state: &'s OrganizationState,
    kind: ControlKind,
    target: &str,
) -> impl Iterator<Item = &'s OrganizationPolicy> {
    state
        .policies
        .values()
        .filter(move |policy| policy.kind == kind && policy.targets.contains(target))
        .map(|policy| &**policy)
}

fn check_enabled(state: &OrganizationState, kind: ControlKind) -> Result<(), ApiError> {
    let enabled: BTreeSet<ControlKind> = state
        .organizations
        .values()
        .flat_map(|found| found.enabled.iter().copied())
        .collect();
    if enabled.contains(&kind) {
        Ok(())
    } else {
        Err(fault::type_not_enabled())
    }
}

/// Policies of a kind that may be attached to one target ("Quotas for AWS Organizations"; since 15 May
/// 2026 ten service control policies).
const fn most(kind: ControlKind) -> usize {
    match kind {
        ControlKind::Resource => 5,
        ControlKind::Service => 10,
    }
}
