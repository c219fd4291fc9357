//! Tags of the root, of units, accounts and policies.

use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Permission;
use super::fault;
use super::input::{self, Tag, add_tags, pairs};
use super::node::Node;
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::{
    MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit, Tags,
};
use crate::store::{OrganizationState, Transaction};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    resource_id: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `TagResource`.
pub(super) async fn add(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Change = call.take_json()?;
    let id = resource(wish.resource_id)?;
    let added = pairs(wish.tags);
    permission(&id).with_tags(&added).ask(call)?;
    change(call, &id, |tags| add_tags(tags, added)).await
}

/// `UntagResource`.
pub(super) async fn remove(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: Change = call.take_json()?;
    let id = resource(wish.resource_id)?;
    permission(&id).ask(call)?;
    change(call, &id, |tags| {
        tags.retain(|key, _| !wish.tag_keys.contains(key));
        Ok(())
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    resource_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListTagsForResource`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: List = call.take_json()?;
    let id = resource(wish.resource_id)?;
    permission(&id).ask(call)?;
    call.world.store.read(|state| {
        let tags = tags_of(state.organization(), &id).ok_or_else(fault::no_target)?;
        let told = tags.into_iter().map(|(key, value)| {
            (
                key.clone(),
                json!({ "Key": key, "Value": Value::from(value) }),
            )
        });
        wish.paging.answer("Tags", told)
    })
}

fn resource(id: Option<String>) -> Result<String, ApiError> {
    input::id(id, "ResourceId", |id| {
        input::is_target(id) || input::is_policy(id)
    })
}

fn permission(id: &str) -> Permission {
    if input::is_policy(id) {
        Permission::on_policy(id)
    } else {
        Permission::on(id)
    }
}

fn tags_of(state: &OrganizationState, id: &str) -> Option<Tags> {
    if let Some(policy) = state.policies.get(id) {
        return Some(policy.tags.clone());
    }
    Some(match Node::find(state, id)? {
        Node::Account(account) => account.tags.clone(),
        Node::Root(organization) => organization.tags.clone(),
        Node::Unit(unit) => unit.tags.clone(),
    })
}

async fn change(
    call: &Call,
    id: &str,
    work: impl FnOnce(&mut Tags) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    call.world
        .store
        .write(|tx| {
            let mut tags = tags_of(tx.state().organization(), id).ok_or_else(fault::no_target)?;
            work(&mut tags)?;
            put(tx, id, tags);
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}

fn put(tx: &mut Transaction<'_>, id: &str, tags: Tags) {
    let state = tx.state().organization();
    if let Some(policy) = state.policies.get(id) {
        let policy = OrganizationPolicy::clone(policy);
        return tx.put(OrganizationPolicy { tags, ..policy });
    }
    match Node::find(state, id) {
        Some(Node::Account(account)) => tx.put(MemberAccount {
            tags,
            ..MemberAccount::clone(&account)
        }),
        Some(Node::Root(organization)) => tx.put(Organization {
            tags,
            ..Organization::clone(&organization)
        }),
        Some(Node::Unit(unit)) => tx.put(OrganizationalUnit {
            tags,
            ..OrganizationalUnit::clone(&unit)
        }),
        None => {}
    }
}
