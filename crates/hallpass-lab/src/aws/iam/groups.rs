//! Groups: made, told, listed, renamed, deleted.

use std::collections::BTreeSet;

use super::documents::exceeded;
use super::entity::{self, Entity as _, allowed, find, must_be_free, permit};
use super::names;
use super::permission::Permission;
use super::users;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::page::Page;
use crate::aws::xml::Xml;
use crate::chance;
use crate::identity::LabIdentity;
use crate::store::records::{Group, InlinePolicies};

/// `CreateGroup`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, "GroupName", names::LONG)?;
    let path = names::path(call.params()?, "Path")?.unwrap_or_else(|| "/".to_owned());
    Permission::on(entity::arn(&call.identity, "group", &path, &name)).ask(call)?;
    let group = Group {
        name,
        path,
        id: chance::iam_id(&*call.world.chance, "AGPA"),
        created: call.now,
        inline: InlinePolicies::new(),
        attached: BTreeSet::new(),
        members: BTreeSet::new(),
    };
    let answer = Answer::xml(|xml| {
        xml.element("Group", |xml| write(xml, &call.identity, &group));
    });
    call.store()
        .write(|tx| {
            must_be_free::<Group>(tx.state(), &group.name)?;
            if tx.state().groups.len() >= GROUPS {
                return Err(exceeded("GroupsPerAccount", GROUPS));
            }
            tx.put(group);
            Ok(())
        })
        .await?;
    Ok(answer)
}

/// `GetGroup`: the group, and a page of its users.
pub(super) fn get(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, "GroupName", names::LONG)?;
    let group = allowed::<Group>(call, &name)?;
    let page = call.store().read(|state| {
        let members = group.members.iter();
        let users = members.filter_map(|key| state.users.get(key)).cloned();
        Page::cut(call.params()?, users, |user| user.record_key())
    })?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.element("Group", |xml| write(xml, identity, &group));
        xml.list("Users", &page.items, |xml, user| {
            users::write_listed(xml, identity, user);
        });
        page.write_end(xml);
    }))
}

/// `ListGroups`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let prefix = names::path_prefix(call.params()?)?;
    Permission::on(call.identity.iam_arn(&format!("group{prefix}"))).ask(call)?;
    let page = call.store().read(|state| {
        let groups = state.groups.values();
        let below = groups
            .filter(|group| group.path.starts_with(&prefix))
            .cloned();
        Page::cut(call.params()?, below, |group| group.record_key())
    })?;
    let identity = &call.identity;
    Ok(Answer::xml(|xml| {
        xml.list("Groups", &page.items, |xml, group| {
            write(xml, identity, group);
        });
        page.write_end(xml);
    }))
}

/// `UpdateGroup`: another name, another path.
pub(super) async fn update(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?.clone();
    let name = names::name(&params, "GroupName", names::LONG)?;
    let new_name = names::optional_name(&params, "NewGroupName", names::LONG)?;
    let new_path = names::path(&params, "NewPath")?;
    let old = permit::<Group>(call, &name, |permission| permission)?;
    // The caller must be allowed the group as it is, and as it will be.
    let path_before = old.as_ref().map_or("/", |group| group.path.as_str());
    let will_be = entity::arn(
        &call.identity,
        "group",
        new_path.as_deref().unwrap_or(path_before),
        new_name.as_deref().unwrap_or(&name),
    );
    Permission::on(will_be).ask(call)?;
    call.store()
        .write(|tx| {
            let before = find::<Group>(tx.state(), &name)?;
            let mut after = Group::clone(&before);
            after.name = new_name.unwrap_or(after.name);
            after.path = new_path.unwrap_or(after.path);
            if after.record_key() != before.record_key() {
                must_be_free::<Group>(tx.state(), &after.name)?;
                tx.delete::<Group>(&before.record_key());
            }
            tx.put(after);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::empty())
}

/// `DeleteGroup`: users and policies must be gone before.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, "GroupName", names::LONG)?;
    permit::<Group>(call, &name, |permission| permission)?;
    call.store()
        .write(|tx| {
            let group = find::<Group>(tx.state(), &name)?;
            let rest = if !group.members.is_empty() {
                "remove users from group"
            } else if !group.inline.is_empty() {
                "delete policies"
            } else if !group.attached.is_empty() {
                "detach all policies"
            } else {
                tx.delete::<Group>(&group.record_key());
                return Ok(());
            };
            Err(ApiError::delete_conflict(format!(
                "Cannot delete entity, must {rest} first."
            )))
        })
        .await?;
    Ok(Answer::empty())
}

/// A group as every answer tells it.
pub(super) fn write(xml: &mut Xml, identity: &LabIdentity, group: &Group) {
    xml.text("Path", &group.path)
        .text("GroupName", &group.name)
        .text("GroupId", &group.id)
        .text("Arn", group.arn(identity))
        .time("CreateDate", group.created);
}

/// Groups in an account, raised from the default of 300 to what AWS grants on request.
pub(super) const GROUPS: usize = 500;
