//! Which operation of IAM a call names. Each asks for the action of the same name.

use super::{
    access_keys, attachments, authorization_details, boundary, context_keys, groups,
    inline_policies, managed_policies, memberships, oidc_providers, policy_entities,
    policy_versions, provider_lists, roles, simulate, summary, tags, unused, users,
};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::caller::Principal;
use crate::aws::error::ApiError;
use crate::aws::front::unknown_operation;
use crate::store::records::{Group, ManagedPolicy, OidcProvider, Role, User};

/// Carries out one operation.
#[expect(clippy::too_many_lines, reason = "a table: one line an operation")]
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    check_credentials(call)?;
    match call.operation.as_str() {
        "AddClientIDToOpenIDConnectProvider" => provider_lists::add_client_id(call).await,
        "AddUserToGroup" => memberships::add(call).await,
        "AttachGroupPolicy" => attachments::attach::<Group>(call).await,
        "AttachRolePolicy" => attachments::attach::<Role>(call).await,
        "AttachUserPolicy" => attachments::attach::<User>(call).await,
        "CreateAccessKey" => access_keys::create(call).await,
        "CreateGroup" => groups::create(call).await,
        "CreateOpenIDConnectProvider" => oidc_providers::create(call).await,
        "CreatePolicy" => managed_policies::create(call).await,
        "CreatePolicyVersion" => policy_versions::create(call).await,
        "CreateRole" => roles::create(call).await,
        "CreateUser" => users::create(call).await,
        "DeleteAccessKey" => access_keys::delete(call).await,
        "DeleteGroup" => groups::delete(call).await,
        "DeleteGroupPolicy" => inline_policies::delete::<Group>(call).await,
        "DeleteOpenIDConnectProvider" => oidc_providers::delete(call).await,
        "DeletePolicy" => managed_policies::delete(call).await,
        "DeletePolicyVersion" => policy_versions::delete(call).await,
        "DeleteRole" => roles::delete(call).await,
        "DeleteRolePermissionsBoundary" => boundary::delete::<Role>(call).await,
        "DeleteRolePolicy" => inline_policies::delete::<Role>(call).await,
        "DeleteUser" => users::delete(call).await,
        "DeleteUserPermissionsBoundary" => boundary::delete::<User>(call).await,
        "DeleteUserPolicy" => inline_policies::delete::<User>(call).await,
        "DetachGroupPolicy" => attachments::detach::<Group>(call).await,
        "DetachRolePolicy" => attachments::detach::<Role>(call).await,
        "DetachUserPolicy" => attachments::detach::<User>(call).await,
        "GetAccessKeyLastUsed" => access_keys::get_last_used(call),
        "GetAccountAuthorizationDetails" => authorization_details::get(call),
        "GetAccountSummary" => summary::get(call),
        "GetContextKeysForCustomPolicy" => context_keys::for_custom_policy(call),
        "GetContextKeysForPrincipalPolicy" => context_keys::for_principal_policy(call),
        "GetGroup" => groups::get(call),
        "GetGroupPolicy" => inline_policies::get::<Group>(call),
        "GetLoginProfile" => unused::get_login_profile(call),
        "GetOpenIDConnectProvider" => oidc_providers::get(call),
        "GetPolicy" => managed_policies::get(call),
        "GetPolicyVersion" => policy_versions::get(call),
        "GetRole" => roles::get(call),
        "GetRolePolicy" => inline_policies::get::<Role>(call),
        "GetUser" => users::get(call),
        "GetUserPolicy" => inline_policies::get::<User>(call),
        "ListAccessKeys" => access_keys::list(call),
        "ListAccountAliases" => unused::list_of_account(call, "AccountAliases"),
        "ListAttachedGroupPolicies" => attachments::list::<Group>(call),
        "ListAttachedRolePolicies" => attachments::list::<Role>(call),
        "ListAttachedUserPolicies" => attachments::list::<User>(call),
        "ListEntitiesForPolicy" => policy_entities::list(call),
        "ListGroupPolicies" => inline_policies::list::<Group>(call),
        "ListGroups" => groups::list(call),
        "ListGroupsForUser" => memberships::list_groups_for_user(call),
        "ListInstanceProfilesForRole" => unused::list_of_role(call, "InstanceProfiles"),
        "ListMFADevices" => unused::list_of_user(call, "MFADevices"),
        "ListOpenIDConnectProviders" => oidc_providers::list(call),
        "ListOpenIDConnectProviderTags" => tags::list::<OidcProvider>(call),
        "ListPolicies" => managed_policies::list(call),
        "ListPolicyTags" => tags::list::<ManagedPolicy>(call),
        "ListPolicyVersions" => policy_versions::list(call),
        "ListRolePolicies" => inline_policies::list::<Role>(call),
        "ListRoles" => roles::list(call),
        "ListRoleTags" => tags::list::<Role>(call),
        "ListServiceSpecificCredentials" => {
            unused::list_of_user(call, "ServiceSpecificCredentials")
        }
        "ListSigningCertificates" => unused::list_of_user(call, "Certificates"),
        "ListSSHPublicKeys" => unused::list_of_user(call, "SSHPublicKeys"),
        "ListUserPolicies" => inline_policies::list::<User>(call),
        "ListUsers" => users::list(call),
        "ListUserTags" => tags::list::<User>(call),
        "PutGroupPolicy" => inline_policies::put::<Group>(call).await,
        "PutRolePermissionsBoundary" => boundary::put::<Role>(call).await,
        "PutRolePolicy" => inline_policies::put::<Role>(call).await,
        "PutUserPermissionsBoundary" => boundary::put::<User>(call).await,
        "PutUserPolicy" => inline_policies::put::<User>(call).await,
        "RemoveClientIDFromOpenIDConnectProvider" => provider_lists::remove_client_id(call).await,
        "RemoveUserFromGroup" => memberships::remove(call).await,
        "SetDefaultPolicyVersion" => policy_versions::set_default(call).await,
        "SimulateCustomPolicy" => simulate::custom(call),
        "SimulatePrincipalPolicy" => simulate::principal(call),
        "TagOpenIDConnectProvider" => tags::tag::<OidcProvider>(call).await,
        "TagPolicy" => tags::tag::<ManagedPolicy>(call).await,
        "TagRole" => tags::tag::<Role>(call).await,
        "TagUser" => tags::tag::<User>(call).await,
        "UntagOpenIDConnectProvider" => tags::untag::<OidcProvider>(call).await,
        "UntagPolicy" => tags::untag::<ManagedPolicy>(call).await,
        "UntagRole" => tags::untag::<Role>(call).await,
        "UntagUser" => tags::untag::<User>(call).await,
        "UpdateAccessKey" => access_keys::update(call).await,
        "UpdateAssumeRolePolicy" => roles::update_trust(call).await,
        "UpdateGroup" => groups::update(call).await,
        "UpdateOpenIDConnectProviderThumbprint" => provider_lists::update_thumbprints(call).await,
        "UpdateRole" => roles::update(call).await,
        "UpdateRoleDescription" => roles::update_description(call).await,
        "UpdateUser" => users::update(call).await,
        _ => Err(unknown_operation(
            &call.operation,
            call.params()?.get("Version"),
        )),
    }
}

/// Credentials of `GetSessionToken` call nothing of IAM unless they were issued with MFA, which the
/// lab's users have not.
///
/// Source: AWS STS API Reference, `GetSessionToken`, permissions.
fn check_credentials(call: &Call) -> Result<(), ApiError> {
    let caller = call.caller()?;
    if matches!(caller.principal, Principal::User(_)) && caller.session.is_some() {
        return Err(ApiError::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        )
        .with_detail("credentials of GetSessionToken without MFA call nothing of IAM"));
    }
    Ok(())
}
