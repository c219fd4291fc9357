//! The organisation itself: described, made, deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{Permission, organization_of};
use super::arns::Arns;
use super::fault::{exception, invalid};
use super::fresh;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::{MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit};

/// `DescribeOrganization`: from any of its accounts.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let organization = Permission::default().ask_as_member(call)?;
    Ok(answer(call, &organization))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateOrganization {
    feature_set: Option<String>,
}

/// `CreateOrganization`: by an account that stands in none.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let input: CreateOrganization = call.take_json()?;
    let feature_set = match input.feature_set.as_deref() {
        None | Some(fresh::ALL_FEATURES) => fresh::ALL_FEATURES,
        Some("CONSOLIDATED_BILLING") => "CONSOLIDATED_BILLING",
        Some(_) => {
            return Err(invalid(
                "INVALID_ENUM",
                "You specified an invalid value: FeatureSet.",
            ));
        }
    };
    call.authorize(&Wanted::new("organizations:CreateOrganization", "*"))?;
    if organization_of(call)?.is_some() {
        return Err(exception(
            "AlreadyInOrganizationException",
            "The AWS account is already a member of an organization.",
        ));
    }
    let (world, now, account) = (&call.world, call.now, call.caller()?.account());
    let made = world
        .store
        .write::<_, ApiError>(|tx| {
            if !tx.state().organization().organizations.is_empty() {
                // Two calls at once: the second finds what the first has made.
                return Err(exception(
                    "ConcurrentModificationException",
                    "The target of the operation is currently being modified by a different request. Try again later.",
                ));
            }
            Ok(fresh::make(tx, &*world.chance, now, account, feature_set))
        })
        .await?;
    Ok(answer(call, &made))
}

/// `DeleteOrganization`: when nothing but the management account is left in it.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let organization = Permission::default().ask(call)?;
    call.world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            let has_members = state.members.len() > 1;
            let own = |policy: &&std::sync::Arc<OrganizationPolicy>| !policy.is_aws_managed;
            if has_members || !state.units.is_empty() || state.policies.values().any(|p| own(&p)) {
                return Err(exception(
                    "OrganizationNotEmptyException",
                    "To delete an organization you must first remove all member accounts, delete all OUs, and delete all policies.",
                ));
            }
            let policies: Vec<String> = state.policies.keys().cloned().collect();
            let units: Vec<String> = state.units.keys().cloned().collect();
            for id in policies {
                tx.delete::<OrganizationPolicy>(&id);
            }
            for id in units {
                tx.delete::<OrganizationalUnit>(&id);
            }
            tx.delete::<MemberAccount>(&organization.management_account);
            tx.delete::<Organization>(&organization.id);
            Ok(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

fn answer(call: &Call, organization: &Organization) -> Answer {
    let arns = Arns::of(call.identity.partition, organization);
    let management = &organization.management_account;
    let email = call.world.store.read(|state| {
        let members = &state.organization().members;
        members.get(management).map(|member| member.email.clone())
    });
    // AWS says of this member not to use it: it has said this of every organisation since 2018.
    let types: Value = json!([{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }]);
    Answer::Json(json!({ "Organization": {
        "Id": organization.id,
        "Arn": arns.organization(),
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": arns.node(management),
        "MasterAccountId": management,
        "MasterAccountEmail": email,
        "AvailablePolicyTypes": types,
    } }))
}
