//! `GetAccountSummary`: how much of everything there is, and how much there may be.

use super::access_keys::KEYS_PER_USER;
use super::attachments::ATTACHED;
use super::entity::Entity;
use super::groups::GROUPS;
use super::managed_policies::{POLICIES, POLICY_SIZE, local};
use super::memberships::GROUPS_PER_USER;
use super::permission::Permission;
use super::policy_versions::VERSIONS;
use super::roles::{ROLES, TRUST_SIZE};
use super::users::USERS;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::AccountState;
use crate::store::records::{Group, Role, User};

/// `GetAccountSummary`.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    Permission::on("*").ask(call)?;
    let present = call.store().read(present);
    Ok(Answer::xml(|xml| {
        xml.element("SummaryMap", |xml| {
            for (key, value) in present.iter().chain(ALLOWED).chain(ABSENT) {
                xml.element("entry", |xml| {
                    xml.text("key", key).value("value", value);
                });
            }
        });
    }))
}

fn present(state: &AccountState) -> [(&'static str, usize); 6] {
    let versions = local(state).map(|policy| policy.versions.len()).sum();
    [
        ("Groups", state.groups.len()),
        ("Policies", local(state).count()),
        ("PolicyVersionsInUse", versions),
        ("Providers", state.providers.len()),
        ("Roles", state.roles.len()),
        ("Users", state.users.len()),
    ]
}

const ALLOWED: &[(&str, usize)] = &[
    ("AccessKeysPerUserQuota", KEYS_PER_USER),
    ("AssumeRolePolicySizeQuota", TRUST_SIZE),
    ("AttachedPoliciesPerGroupQuota", ATTACHED),
    ("AttachedPoliciesPerRoleQuota", ATTACHED),
    ("AttachedPoliciesPerUserQuota", ATTACHED),
    ("GroupPolicySizeQuota", Group::INLINE_QUOTA),
    ("GroupsPerUserQuota", GROUPS_PER_USER),
    ("GroupsQuota", GROUPS),
    ("PoliciesQuota", POLICIES),
    ("PolicySizeQuota", POLICY_SIZE),
    ("PolicyVersionsInUseQuota", 10_000),
    ("RolePolicySizeQuota", Role::INLINE_QUOTA),
    ("RolesQuota", ROLES),
    ("UserPolicySizeQuota", User::INLINE_QUOTA),
    ("UsersQuota", USERS),
    ("VersionsPerPolicyQuota", VERSIONS),
];

// What the lab has none of; told because clients read these keys without asking whether they are there.
const ABSENT: &[(&str, usize)] = &[
    ("AccountAccessKeysPresent", 0),
    ("AccountMFAEnabled", 0),
    ("AccountPasswordPresent", 0),
    ("AccountSigningCertificatesPresent", 0),
    ("GlobalEndpointTokenVersion", 2),
    ("InstanceProfiles", 0),
    ("InstanceProfilesQuota", 1000),
    ("MFADevices", 0),
    ("MFADevicesInUse", 0),
    ("ServerCertificates", 0),
    ("ServerCertificatesQuota", 20),
    ("SigningCertificatesPerUserQuota", 2),
];
