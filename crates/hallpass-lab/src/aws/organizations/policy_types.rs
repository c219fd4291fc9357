//! The root, and the kinds of policies that it has enabled.
//!
//! Source: AWS Organizations User Guide, "Enabling a policy type" and "Disabling a policy type".

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Permission;
use super::arns::Arns;
use super::aws_managed;
use super::fault;
use super::fresh::ALL_FEATURES;
use super::input;
use super::node::{self, ROOT_NAME};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::identity::LabIdentity;
use crate::store::Transaction;
use crate::store::records::{ControlKind, Organization, OrganizationPolicy};

/// `ListRoots`: there is one.
pub(super) fn list_roots(call: &mut Call) -> Result<Answer, ApiError> {
    let paging: Paging = call.take_json()?;
    let organization = Permission::default().ask(call)?;
    let root = describe(&call.identity, &organization);
    paging.answer("Roots", [(organization.root.clone(), root)])
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    root_id: Option<String>,
    policy_type: Option<String>,
}

/// `EnablePolicyType`: from then on everything has the policy that allows everything.
pub(super) async fn enable(call: &mut Call) -> Result<Answer, ApiError> {
    change(call, |tx, organization, kind| {
        if organization.feature_set != ALL_FEATURES {
            return Err(fault::exception(
                "PolicyTypeNotAvailableForOrganizationException",
                "This operation can be performed only for organizations that have all features enabled.",
            ));
        }
        if !organization.enabled.insert(kind) {
            return Err(fault::exception(
                "PolicyTypeAlreadyEnabledException",
                "The specified policy type is already enabled.",
            ));
        }
        let state = tx.state().organization();
        let everything = node::all_ids(state).map(str::to_owned).collect();
        let policy = state.policies.get(aws_managed::id(kind)).cloned();
        if let Some(policy) = policy {
            let mut policy = OrganizationPolicy::clone(&policy);
            policy.targets = everything;
            tx.put(policy);
        }
        Ok(())
    })
    .await
}

/// `DisablePolicyType`: detaches every policy of the kind.
pub(super) async fn disable(call: &mut Call) -> Result<Answer, ApiError> {
    change(call, |tx, organization, kind| {
        if !organization.enabled.remove(&kind) {
            return Err(fault::type_not_enabled());
        }
        let policies = tx.state().organization().policies.values();
        let attached: Vec<OrganizationPolicy> = policies
            .filter(|policy| policy.kind == kind && !policy.targets.is_empty())
            .map(|policy| OrganizationPolicy::clone(policy))
            .collect();
        for mut policy in attached {
            policy.targets.clear();
            tx.put(policy);
        }
        Ok(())
    })
    .await
}

async fn change(
    call: &mut Call,
    work: impl FnOnce(&mut Transaction<'_>, &mut Organization, ControlKind) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let wish: Change = call.take_json()?;
    let root = input::id(wish.root_id, "RootId", input::is_root)?;
    let kind = input::kind(wish.policy_type, "PolicyType")?;
    let organization = Permission::on(&root).of_kind(kind).ask(call)?;
    let changed = call
        .world
        .store
        .write(|tx| {
            let organizations = &tx.state().organization().organizations;
            let found = organizations
                .get(&organization.id)
                .ok_or_else(fault::not_in_use)?;
            let mut organization = Organization::clone(found);
            if organization.root != root {
                return Err(fault::no_root());
            }
            work(tx, &mut organization, kind)?;
            tx.put(organization.clone());
            Ok(organization)
        })
        .await?;
    let root = describe(&call.identity, &changed);
    Ok(Answer::Json(json!({ "Root": root })))
}

fn describe(identity: &LabIdentity, organization: &Organization) -> Value {
    let types: Vec<Value> = organization
        .enabled
        .iter()
        .map(|kind| json!({ "Type": kind.as_str(), "Status": "ENABLED" }))
        .collect();
    json!({
        "Id": organization.root,
        "Arn": Arns::of(identity.partition, organization).node(&organization.root),
        "Name": ROOT_NAME,
        "PolicyTypes": types,
    })
}
