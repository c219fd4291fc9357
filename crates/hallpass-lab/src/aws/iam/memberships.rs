//! Which users are in which groups.

use super::documents::exceeded;
use super::entity::{allowed, find, permit};
use super::groups;
use super::names;
use super::users::groups_of;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::store::records::{Group, User};

/// `AddUserToGroup`; a user that is in it already stays.
pub(super) async fn add(call: &mut Call) -> Result<Answer, ApiError> {
    let (group_name, user_name) = group_and_user(call)?;
    permit::<Group>(call, &group_name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let group = find::<Group>(tx.state(), &group_name)?;
            let user = find::<User>(tx.state(), &user_name)?;
            let key = user.record_key();
            if group.members.contains(&key) {
                return Ok(());
            }
            if groups_of(tx.state(), &user).count() >= GROUPS_PER_USER {
                return Err(exceeded("GroupsPerUser", GROUPS_PER_USER));
            }
            let mut group = Group::clone(&group);
            group.members.insert(key);
            tx.put(group);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `RemoveUserFromGroup`.
pub(super) async fn remove(call: &mut Call) -> Result<Answer, ApiError> {
    let (group_name, user_name) = group_and_user(call)?;
    permit::<Group>(call, &group_name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let group = find::<Group>(tx.state(), &group_name)?;
            let user = find::<User>(tx.state(), &user_name)?;
            let mut group = Group::clone(&group);
            if !group.members.remove(&user.record_key()) {
                return Err(ApiError::no_such_entity(format!(
                    "The user with name {user_name} cannot be found in group {group_name}."
                )));
            }
            tx.put(group);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `ListGroupsForUser`.
pub(super) fn list_groups_for_user(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, "UserName", names::LONG)?;
    let user = allowed::<User>(call, &name)?;
    let page = call.store().read(|state| {
        let groups = groups_of(state, &user).cloned();
        Page::cut(call.params()?, groups, |group| group.record_key())
    })?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.list("Groups", &page.items, |xml, group| {
            groups::write(xml, identity, group);
        });
        page.write_end(xml);
    }))
}

fn group_and_user(call: &Call) -> Result<(String, String), ApiError> {
    let params = call.params()?;
    Ok((
        names::name(params, "GroupName", names::LONG)?,
        names::name(params, "UserName", names::LONG)?,
    ))
}

/// Groups that a user may be in.
pub(super) const GROUPS_PER_USER: usize = 10;
