//! Permissions boundaries of users and roles.

use super::entity::{Entity, boundary_of, find, permit};
use super::names;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::AccountState;
use crate::store::records::{Role, User};

/// What may have a boundary.
pub(super) trait Bounded: Entity {
    /// The boundary, to change.
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

impl Bounded for Role {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

impl Bounded for User {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

/// `PutUserPermissionsBoundary`, `PutRolePermissionsBoundary`.
pub(super) async fn put<E: Bounded>(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, E::PARAMETER, E::LONGEST_NAME)?;
    let arn = names::arn(call.params()?, "PermissionsBoundary")?;
    permit::<E>(call, &name, |permission| {
        permission.with("iam:PermissionsBoundary", Some(arn.as_str()))
    })?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            must_exist(tx.state(), Some(arn.as_str()))?;
            *entity.boundary_mut() = Some(arn.as_str().to_owned());
            tx.put(entity);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeleteUserPermissionsBoundary`, `DeleteRolePermissionsBoundary`.
pub(super) async fn delete<E: Bounded>(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, E::PARAMETER, E::LONGEST_NAME)?;
    let present = boundary_of::<E>(call, &name);
    permit::<E>(call, &name, |permission| {
        permission.with("iam:PermissionsBoundary", present.as_deref())
    })?;
    call.store()
        .write(|tx| {
            let mut entity = E::clone(&*find::<E>(tx.state(), &name)?);
            if entity.boundary_mut().take().is_none() {
                return Err(ApiError::no_such_entity(format!(
                    "{} {name} has no permissions boundary.",
                    E::WORD
                )));
            }
            tx.put(entity);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// Refuses a boundary whose policy is not there.
pub(super) fn must_exist(state: &AccountState, arn: Option<&str>) -> Result<(), ApiError> {
    match arn {
        Some(arn) if !state.managed_policies.contains_key(arn) => Err(ApiError::no_such_entity(
            format!("Scope ARN: {arn} does not exist or is not attachable."),
        )),
        Some(_) | None => Ok(()),
    }
}
