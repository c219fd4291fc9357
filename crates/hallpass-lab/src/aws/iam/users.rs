//! Users: made, told, listed, renamed, deleted.

use std::collections::BTreeSet;

use super::boundary;
use super::documents::exceeded;
use super::entity::{self, Entity as _, allowed, find, must_be_free, permit};
use super::names;
use super::permission::Permission;
use super::principals;
use super::tags;
use super::wire::{write_boundary, write_tags};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::caller::Principal;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::xml::Xml;
use crate::chance;
use crate::identity::LabIdentity;
use crate::store::records::{AccessKey, Group, InlinePolicies, Tags, User};
use crate::store::{AccountState, AccountTransaction};

/// `CreateUser`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let name = names::name(&params, "UserName", names::NEW_USER)?;
    let path = names::path(&params, "Path")?.unwrap_or_else(|| "/".to_owned());
    let added = tags::read(&params, false)?;
    let boundary = names::optional_arn(&params, "PermissionsBoundary")?;
    let boundary = boundary.map(|arn| arn.as_str().to_owned());
    Permission::on(entity::arn(&call.identity, "user", &path, &name))
        .with("iam:PermissionsBoundary", boundary.as_deref())
        .with_request_tags(&added)
        .ask(call)?;
    let mut user = User {
        name,
        path,
        id: chance::iam_id(&*call.world.chance, "AIDA"),
        created: call.now,
        inline: InlinePolicies::new(),
        attached: BTreeSet::new(),
        boundary,
        tags: Tags::new(),
    };
    tags::add(&mut user.tags, added, false)?;
    let answer = Answer::xml(|xml| {
        xml.element("User", |xml| write_whole(xml, &call.identity, &user));
    });
    call.store()
        .write(|tx| {
            must_be_free::<User>(tx.state(), &user.name)?;
            boundary::must_exist(tx.state(), user.boundary.as_deref())?;
            if tx.state().users.len() >= USERS {
                return Err(exceeded("UsersPerAccount", USERS));
            }
            tx.put(user);
            Ok(())
        })
        .await?;
    Ok(answer)
}

/// `GetUser`; without a name, the caller.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    let user = allowed::<User>(call, &name)?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.element("User", |xml| write_whole(xml, identity, &user));
    }))
}

/// `ListUsers`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let prefix = names::path_prefix(call.params()?)?;
    Permission::on(call.identity.iam_arn(&format!("user{prefix}"))).ask(call)?;
    let users = call.store().read(|state| {
        let users = state.users.values();
        let below = users.filter(|user| user.path.starts_with(&prefix)).cloned();
        Page::cut(call.params()?, below, |user| user.record_key())
    })?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.list("Users", &users.items, |xml, user| {
            write_listed(xml, identity, user);
        });
        users.write_end(xml);
    }))
}

/// `UpdateUser`: another name, another path.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let name = names::name(&params, "UserName", names::LONG)?;
    let new_name = names::optional_name(&params, "NewUserName", names::NEW_USER)?;
    let new_path = names::path(&params, "NewPath")?;
    let old = permit::<User>(call, &name, |permission| permission)?;
    // The caller must be allowed the user as it is, and as it will be.
    let path_before = old.as_ref().map_or("/", |user| user.path.as_str());
    let will_be = entity::arn(
        &call.identity,
        "user",
        new_path.as_deref().unwrap_or(path_before),
        new_name.as_deref().unwrap_or(&name),
    );
    Permission::on(will_be).ask(call)?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let before = find::<User>(tx.state(), &name)?;
            let mut after = User::clone(&before);
            after.name = new_name.unwrap_or(after.name);
            after.path = new_path.unwrap_or(after.path);
            if after.record_key() != before.record_key() {
                must_be_free::<User>(tx.state(), &after.name)?;
                rename_in_keys_and_groups(tx, &before, &after);
                tx.delete::<User>(&before.record_key());
            }
            principals::rename(tx.whole(), &before.arn(&identity), &after.arn(&identity));
            tx.put(after);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeleteUser`: keys, policies and memberships must be gone before.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, "UserName", names::LONG)?;
    permit::<User>(call, &name, |permission| permission)?;
    let identity = call.identity.clone();
    call.store()
        .write(|tx| {
            let user = find::<User>(tx.state(), &name)?;
            if let Some(rest) = leftover(tx.state(), &user) {
                return Err(ApiError::delete_conflict(format!(
                    "Cannot delete entity, must {rest} first."
                )));
            }
            tx.delete::<User>(&user.record_key());
            principals::rename(tx.whole(), &user.arn(&identity), &user.id);
            Ok(())
        })
        .await?;
    Ok(Answer::empty())
}

/// The user that the parameters name, or else the calling one.
pub(super) fn named_or_caller(call: &Call) -> Result<String, ApiError> {
    if let Some(name) = names::optional_name(call.params()?, "UserName", names::LONG)? {
        return Ok(name);
    }
    match &call.caller()?.principal {
        Principal::User(user) => Ok(user.name.clone()),
        Principal::Role(_) => Err(ApiError::validation(
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

/// The access keys of a user.
pub(super) fn keys_of<'a>(
    state: &'a AccountState,
    user: &'a User,
) -> impl Iterator<Item = &'a std::sync::Arc<AccessKey>> {
    state
        .access_keys
        .values()
        .filter(|key| key.user.eq_ignore_ascii_case(&user.name))
}

/// The groups of a user.
pub(super) fn groups_of<'a>(
    state: &'a AccountState,
    user: &User,
) -> impl Iterator<Item = &'a std::sync::Arc<Group>> {
    let key = user.record_key();
    state
        .groups
        .values()
        .filter(move |group| group.members.contains(&key))
}

/// A user as lists tell it.
pub(super) fn write_listed(xml: &mut Xml, identity: &LabIdentity, user: &User) {
    xml.text("Path", &user.path)
        .text("UserName", &user.name)
        .text("UserId", &user.id)
        .text("Arn", user.arn(identity))
        .time("CreateDate", user.created);
}

fn write_whole(xml: &mut Xml, identity: &LabIdentity, user: &User) {
    write_listed(xml, identity, user);
    write_boundary(xml, user.boundary.as_deref());
    write_tags(xml, &user.tags);
}

fn rename_in_keys_and_groups(tx: &mut AccountTransaction<'_, '_>, before: &User, after: &User) {
    let keys: Vec<AccessKey> = keys_of(tx.state(), before)
        .map(|key| AccessKey {
            user: after.name.clone(),
            ..AccessKey::clone(key)
        })
        .collect();
    let groups: Vec<Group> = groups_of(tx.state(), before)
        .map(|group| {
            let mut group = Group::clone(group);
            group.members.remove(&before.record_key());
            group.members.insert(after.record_key());
            group
        })
        .collect();
    for key in keys {
        tx.put(key);
    }
    for group in groups {
        tx.put(group);
    }
}

/// What must go before the user can.
fn leftover(state: &AccountState, user: &User) -> Option<&'static str> {
    if keys_of(state, user).next().is_some() {
        Some("delete access keys")
    } else if groups_of(state, user).next().is_some() {
        Some("remove user from all groups")
    } else if !user.inline.is_empty() {
        Some("delete policies")
    } else if !user.attached.is_empty() {
        Some("detach all policies")
    } else {
        None
    }
}

/// Users in an account.
pub(super) const USERS: usize = 5000;
