//! Up and down the tree: `ListParents`, `ListChildren`.

use serde::Deserialize;
use serde_json::json;

use super::access::Permission;
use super::fault::{self, exception, invalid};
use super::input;
use super::node::{Node, accounts_in, units_in};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListParents {
    child_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListParents`: there is one.
pub(super) fn list_parents(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListParents = call.take_json()?;
    let child = input::id(wish.child_id, "ChildId", input::is_child)?;
    Permission::on(&child).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        let node = Node::find(state, &child).ok_or_else(|| {
            exception(
                "ChildNotFoundException",
                "You specified a child that doesn't exist.",
            )
        })?;
        let parent = node
            .parent()
            .and_then(|id| Node::find_parent(state, id).map(|node| (id, node)));
        let told = parent.map(|(id, node)| {
            let told = json!({ "Id": id, "Type": node.kind() });
            (id.to_owned(), told)
        });
        wish.paging.answer("Parents", told)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListChildren {
    parent_id: Option<String>,
    child_type: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListChildren`: accounts or units directly in a parent.
pub(super) fn list_children(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListChildren = call.take_json()?;
    let parent = input::id(wish.parent_id, "ParentId", input::is_parent)?;
    let kind = input::text(wish.child_type, "ChildType", 32)?;
    Permission::on(&parent).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        Node::find_parent(state, &parent).ok_or_else(fault::no_parent)?;
        let ids: Vec<&String> = match kind.as_str() {
            "ACCOUNT" => accounts_in(state, &parent).map(|found| &found.id).collect(),
            "ORGANIZATIONAL_UNIT" => units_in(state, &parent).map(|found| &found.id).collect(),
            _ => {
                return Err(invalid(
                    "INVALID_ENUM",
                    "You specified an invalid value: ChildType is ACCOUNT or ORGANIZATIONAL_UNIT.",
                ));
            }
        };
        let told = ids
            .into_iter()
            .map(|id| (id.clone(), json!({ "Id": id, "Type": kind })));
        wish.paging.answer("Children", told)
    })
}
