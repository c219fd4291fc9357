//! Managed policies attached to users, groups and roles: ten at most each.

use super::documents::exceeded;
use super::entity::{Entity, allowed, boundary_of, find, permit};
use super::names;
use super::wire::{attached_below, write_attached};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;

/// `AttachUserPolicy`, `AttachGroupPolicy`, `AttachRolePolicy`; what is attached already stays.
pub(super) async fn attach<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let (name, arn) = permitted::<E>(call)?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            if !tx.state().managed_policies.contains_key(&arn) {
                return Err(ApiError::no_such_entity(format!(
                    "Policy {arn} does not exist or is not attachable."
                )));
            }
            if entity.attached().contains(&arn) {
                return Ok(());
            }
            if entity.attached().len() >= ATTACHED {
                return Err(exceeded(E::ATTACHED_QUOTA, ATTACHED));
            }
            entity.attached_mut().insert(arn);
            tx.put(entity);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DetachUserPolicy`, `DetachGroupPolicy`, `DetachRolePolicy`.
pub(super) async fn detach<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let (name, arn) = permitted::<E>(call)?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            if !entity.attached_mut().remove(&arn) {
                return Err(ApiError::no_such_entity(format!(
                    "Policy {arn} was not found."
                )));
            }
            tx.put(entity);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `ListAttachedUserPolicies`, `ListAttachedGroupPolicies`, `ListAttachedRolePolicies`.
pub(super) fn list<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, E::PARAMETER, E::LONGEST_NAME)?;
    let prefix = names::path_prefix(call.params()?)?;
    let entity = allowed::<E>(call, &name)?;
    let below = attached_below(entity.attached(), &prefix);
    let page = Page::cut(call.params()?, below, |arn| (*arn).clone())?;
    Ok(Answer::xml(|xml| {
        write_attached(xml, "AttachedPolicies", page.items.iter().copied());
        page.write_end(xml);
    }))
}

/// The entity's name and the policy's ARN, if the caller may attach and detach them.
fn permitted<E: Entity>(call: &mut Call) -> Result<(String, String), ApiError> {
    let name = names::name(call.params()?, E::PARAMETER, E::LONGEST_NAME)?;
    let arn = names::arn(call.params()?, "PolicyArn")?.as_str().to_owned();
    let boundary = boundary_of::<E>(call, &name);
    permit::<E>(call, &name, |permission| {
        permission
            .with("iam:PolicyARN", Some(&arn))
            .with("iam:PermissionsBoundary", boundary.as_deref())
    })?;
    Ok((name, arn))
}

/// Managed policies that may be attached to one entity.
pub(super) const ATTACHED: usize = 10;
