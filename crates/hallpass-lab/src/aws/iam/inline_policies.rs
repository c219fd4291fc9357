//! Inline policies of users, groups and roles.

use hallpass_iam::PolicyKind;

use super::documents::{CheckedDocument, quota_length};
use super::entity::{Entity, allowed, boundary_of, find, permit};
use super::names;
use super::wire::encoded;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;

/// `PutUserPolicy`, `PutGroupPolicy`, `PutRolePolicy`: added, or replaced.
pub(super) async fn put<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let (name, policy_name) = entity_and_policy::<E>(call)?;
    permit_within_boundary::<E>(call, &name)?;
    let document = CheckedDocument::read(call.params()?, "PolicyDocument", PolicyKind::Identity)?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            let others = entity
                .inline()
                .iter()
                .filter(|(other, _)| **other != policy_name);
            let length: usize = others.map(|(_, text)| quota_length(text)).sum();
            if length + document.document.quota_length() > E::INLINE_QUOTA {
                return Err(ApiError::limit_exceeded(format!(
                    "Maximum policy size of {} bytes exceeded for {} {}",
                    E::INLINE_QUOTA,
                    E::WORD,
                    entity.name()
                )));
            }
            entity
                .inline_mut()
                .insert(policy_name, document.into_policy_text());
            tx.put(entity);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `GetUserPolicy`, `GetGroupPolicy`, `GetRolePolicy`.
pub(super) fn get<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let (name, policy_name) = entity_and_policy::<E>(call)?;
    let entity = allowed::<E>(call, &name)?;
    let document = entity
        .inline()
        .get(&policy_name)
        .ok_or_else(|| absent::<E>(&policy_name))?;
    Ok(Answer::xml(|xml| {
        xml.text(E::PARAMETER, entity.name())
            .text("PolicyName", &policy_name)
            .text("PolicyDocument", encoded(document));
    }))
}

/// `ListUserPolicies`, `ListGroupPolicies`, `ListRolePolicies`: the names.
pub(super) fn list<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, E::PARAMETER, E::LONGEST_NAME)?;
    let entity = allowed::<E>(call, &name)?;
    let page = Page::cut(call.params()?, entity.inline().keys(), |name| {
        (*name).clone()
    })?;
    Ok(Answer::xml(|xml| {
        xml.texts("PolicyNames", &page.items);
        page.write_end(xml);
    }))
}

/// `DeleteUserPolicy`, `DeleteGroupPolicy`, `DeleteRolePolicy`.
pub(super) async fn delete<E: Entity>(call: &mut Call) -> Result<Answer, ApiError> {
    let (name, policy_name) = entity_and_policy::<E>(call)?;
    permit_within_boundary::<E>(call, &name)?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            if entity.inline_mut().remove(&policy_name).is_none() {
                return Err(absent::<E>(&policy_name));
            }
            tx.put(entity);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// Asks permission with the entity's boundary as a condition key: administrators delegate with it.
fn permit_within_boundary<E: Entity>(call: &mut Call, name: &str) -> Result<(), ApiError> {
    let boundary = boundary_of::<E>(call, name);
    permit::<E>(call, name, |permission| {
        permission.with("iam:PermissionsBoundary", boundary.as_deref())
    })?;
    Ok(())
}

fn entity_and_policy<E: Entity>(call: &Call) -> Result<(String, String), ApiError> {
    let params = call.params()?;
    Ok((
        names::name(params, E::PARAMETER, E::LONGEST_NAME)?,
        names::name(params, "PolicyName", names::LONG)?,
    ))
}

fn absent<E: Entity>(policy_name: &str) -> ApiError {
    ApiError::no_such_entity(format!(
        "The {} policy with name {policy_name} cannot be found.",
        E::WORD
    ))
}
