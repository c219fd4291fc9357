//! Roles: made, told, listed, changed, deleted; who may assume them.

use std::collections::BTreeSet;

use hallpass_iam::PolicyKind;

use super::boundary;
use super::documents::{CheckedDocument, exceeded};
use super::entity::{Entity as _, allowed, find, must_be_free, permit};
use super::names;
use super::permission::Permission;
use super::principals;
use super::tags;
use super::wire::{encoded, write_boundary, write_role_last_used, write_tags};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::params::Params;
use crate::aws::xml::Xml;
use crate::chance;
use crate::identity::LabIdentity;
use crate::store::records::{InlinePolicies, PolicyText, Role, Tags};

/// `CreateRole`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let identity = call.identity.clone();
    let (mut role, added) = Role::read(&params, call)?;
    Permission::on(role.arn(&identity))
        .with("iam:PermissionsBoundary", role.boundary.as_deref())
        .with_request_tags(&added)
        .ask(call)?;
    tags::add(&mut role.tags, added, false)?;
    let trust = read_trust(&params, "AssumeRolePolicyDocument")?;
    let role = call
        .store()
        .write(|tx| {
            role.trust = principals::bind(tx.whole().state(), &identity, &trust)?;
            must_be_free::<Role>(tx.state(), &role.name)?;
            boundary::must_exist(tx.state(), role.boundary.as_deref())?;
            if tx.state().roles.len() >= ROLES {
                return Err(exceeded("RolesPerAccount", ROLES));
            }
            tx.put(role.clone());
            Ok(role)
        })
        .await?;
    Ok(Answer::xml(|xml| {
        xml.element("Role", |xml| {
            write_listed(xml, &identity, &role);
            write_boundary(xml, role.boundary.as_deref());
            write_tags(xml, &role.tags);
        });
    }))
}

/// `GetRole`.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let name = role_name(call.params()?)?;
    let role = allowed::<Role>(call, &name)?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.element("Role", |xml| {
            write_listed(xml, identity, &role);
            write_boundary(xml, role.boundary.as_deref());
            write_tags(xml, &role.tags);
            write_role_last_used(xml, role.last_used.as_ref());
        });
    }))
}

/// `ListRoles`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let prefix = names::path_prefix(call.params()?)?;
    Permission::on(call.identity.iam_arn(&format!("role{prefix}"))).ask(call)?;
    let page = call.store().read(|state| {
        let roles = state.roles.values();
        let below = roles.filter(|role| role.path.starts_with(&prefix)).cloned();
        Page::cut(call.params()?, below, |role| role.record_key())
    })?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.list("Roles", &page.items, |xml, role| {
            write_listed(xml, identity, role);
        });
        page.write_end(xml);
    }))
}

/// `UpdateRole`: description, longest session.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let name = role_name(&params)?;
    let description = names::description(&params)?;
    let seconds = params
        .get("MaxSessionDuration")
        .map(|_| max_session_seconds(&params))
        .transpose()?;
    permit::<Role>(call, &name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let mut role = Role::clone(&*find::<Role>(tx.state(), &name)?);
            role.description = description.or(role.description);
            role.max_session_seconds = seconds.unwrap_or(role.max_session_seconds);
            tx.put(role);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::xml(|_| {}))
}

/// `UpdateRoleDescription`.
pub(super) async fn update_description(call: &mut Call) -> Result<Answer, ApiError> {
    let name = role_name(call.params()?)?;
    names::required(call.params()?, "Description", (0, 1000))?;
    let description = names::description(call.params()?)?;
    permit::<Role>(call, &name, |permission| permission)?;
    let role = call
        .store()
        .write(|tx| {
            let mut role = Role::clone(&*find::<Role>(tx.state(), &name)?);
            role.description = description;
            tx.put(role.clone());
            Ok::<_, ApiError>(role)
        })
        .await?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.element("Role", |xml| write_listed(xml, identity, &role));
    }))
}

/// `UpdateAssumeRolePolicy`: who may assume the role.
pub(super) async fn update_trust(call: &mut Call) -> Result<Answer, ApiError> {
    let name = role_name(call.params()?)?;
    permit::<Role>(call, &name, |permission| permission)?;
    let trust = read_trust(call.params()?, "PolicyDocument")?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let mut role = Role::clone(&*find::<Role>(tx.state(), &name)?);
            role.trust = principals::bind(tx.whole().state(), &identity, &trust)?;
            tx.put(role);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeleteRole`: policies must be gone before.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let name = role_name(call.params()?)?;
    permit::<Role>(call, &name, |permission| permission)?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let role = find::<Role>(tx.state(), &name)?;
            if !role.inline.is_empty() {
                return Err(ApiError::delete_conflict(
                    "Cannot delete entity, must delete policies first.",
                ));
            }
            if !role.attached.is_empty() {
                return Err(ApiError::delete_conflict(
                    "Cannot delete entity, must detach all policies first.",
                ));
            }
            tx.delete::<Role>(&role.record_key());
            principals::rename(tx.whole(), &role.arn(&identity), &role.id);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// A role as lists tell it: all but boundary, tags and last use.
pub(super) fn write_listed(xml: &mut Xml, identity: &LabIdentity, role: &Role) {
    write_identity(xml, identity, role);
    xml.optional("Description", role.description.as_ref())
        .value("MaxSessionDuration", role.max_session_seconds);
}

/// What every answer tells of a role.
pub(super) fn write_identity(xml: &mut Xml, identity: &LabIdentity, role: &Role) {
    xml.text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", &role.id)
        .text("Arn", role.arn(identity))
        .time("CreateDate", role.created)
        .text("AssumeRolePolicyDocument", encoded(&role.trust));
}

impl Role {
    /// The role that `CreateRole` asks for, whose trust policy is still to be read, and its tags.
    fn read(params: &Params, call: &Call) -> Result<(Self, Vec<(String, String)>), ApiError> {
        let boundary = names::optional_arn(params, "PermissionsBoundary")?;
        let role = Self {
            name: role_name(params)?,
            path: names::path(params, "Path")?.unwrap_or_else(|| "/".to_owned()),
            id: chance::iam_id(&*call.world.chance, "AROA"),
            created: call.now,
            description: names::description(params)?,
            max_session_seconds: max_session_seconds(params)?,
            trust: PolicyText::new(""),
            inline: InlinePolicies::new(),
            attached: BTreeSet::new(),
            boundary: boundary.map(|arn| arn.as_str().to_owned()),
            tags: Tags::new(),
            last_used: None,
        };
        Ok((role, tags::read(params, false)?))
    }
}

fn role_name(params: &Params) -> Result<String, ApiError> {
    names::name(params, Role::PARAMETER, Role::LONGEST_NAME)
}

fn read_trust(params: &Params, parameter: &str) -> Result<CheckedDocument, ApiError> {
    CheckedDocument::read(params, parameter, PolicyKind::Trust)?
        .within("ACLSizePerRole", TRUST_SIZE)
}

fn max_session_seconds(params: &Params) -> Result<u32, ApiError> {
    let mut faults = Constraints::default();
    let bounds = (3600, 43_200);
    let seconds = faults.number(params, "MaxSessionDuration", bounds, 3600)?;
    faults.finish()?;
    u32::try_from(seconds).map_err(|error| ApiError::internal(error.to_string()))
}

/// Roles in an account, raised from the default of 1,000 to what AWS grants on request.
pub(super) const ROLES: usize = 5000;
/// Characters of a trust policy, white space aside.
pub(super) const TRUST_SIZE: usize = 2048;
