//! The accounts of the organisation: told, listed, moved.

use serde::Deserialize;
use serde_json::json;

use super::access::Permission;
use super::fault::{self, exception};
use super::input;
use super::member;
use super::node::{Node, accounts_in};
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::MemberAccount;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeAccount {
    account_id: Option<String>,
}

/// `DescribeAccount`.
pub(super) fn describe(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: DescribeAccount = call.take_json()?;
    let id = input::id(wish.account_id, "AccountId", input::is_account)?;
    let organization = Permission::on(&id).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        let found = state.members.get(&id).ok_or_else(fault::no_account)?;
        let told = member::describe(&call.identity, state, &organization, found);
        Ok(Answer::Json(json!({ "Account": told })))
    })
}

/// `ListAccounts`.
pub(super) fn list(call: &mut Call) -> Result<Answer, ApiError> {
    let paging: Paging = call.take_json()?;
    let organization = Permission::default().ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        let accounts = state.members.values().map(|found| {
            let told = member::describe(&call.identity, state, &organization, found);
            (found.id.clone(), told)
        });
        paging.answer("Accounts", accounts)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListForParent {
    parent_id: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// `ListAccountsForParent`: those directly in it.
pub(super) fn list_for_parent(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: ListForParent = call.take_json()?;
    let parent = input::id(wish.parent_id, "ParentId", input::is_parent)?;
    let organization = Permission::on(&parent).ask(call)?;
    call.world.store.read(|state| {
        let state = state.organization();
        Node::find_parent(state, &parent).ok_or_else(fault::no_parent)?;
        let accounts = accounts_in(state, &parent).map(|found| {
            let told = member::describe(&call.identity, state, &organization, found);
            (found.id.clone(), told)
        });
        wish.paging.answer("Accounts", accounts)
    })
}

#[derive(Deserialize)]
struct MoveAccount {
    #[serde(rename = "AccountId")]
    account: Option<String>,
    #[serde(rename = "SourceParentId")]
    from: Option<String>,
    #[serde(rename = "DestinationParentId")]
    to: Option<String>,
}

/// `MoveAccount`: what the policies of its units say of it changes with the move.
pub(super) async fn move_account(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: MoveAccount = call.take_json()?;
    let id = input::id(wish.account, "AccountId", input::is_account)?;
    let from = input::id(wish.from, "SourceParentId", input::is_parent)?;
    let to = input::id(wish.to, "DestinationParentId", input::is_parent)?;
    Permission::on(&id).and(&from).and(&to).ask(call)?;
    call.world
        .store
        .write(|tx| {
            let state = tx.state().organization();
            let found = state.members.get(&id).ok_or_else(fault::no_account)?;
            let no = |code, which: &str| {
                exception(
                    code,
                    &format!("You specified a {which} parent that doesn't exist."),
                )
            };
            Node::find_parent(state, &to)
                .ok_or_else(|| no("DestinationParentNotFoundException", "destination"))?;
            if found.parent == to {
                return Err(exception(
                    "DuplicateAccountException",
                    "That account is already present in the specified destination.",
                ));
            }
            if found.parent != from {
                return Err(no("SourceParentNotFoundException", "source"));
            }
            tx.put(MemberAccount {
                parent: to,
                ..MemberAccount::clone(found)
            });
            Ok(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}
