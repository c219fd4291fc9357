//! `CloseAccount`: a closed account lets nobody in; what it has stays.
//!
//! Source: AWS Account Management Reference Guide, "Close an AWS account".

use serde::Deserialize;
use serde_json::json;

use super::access::Permission;
use super::fault::{self, constraint, exception};
use super::input;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::MemberAccount;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CloseAccount {
    account_id: Option<String>,
}

/// `CloseAccount`.
pub(super) async fn close_account(call: &mut Call) -> Result<Answer, ApiError> {
    let wish: CloseAccount = call.take_json()?;
    let id = input::id(wish.account_id, "AccountId", input::is_account)?;
    let organization = Permission::on(&id).ask(call)?;
    if organization.management_account == id {
        return Err(constraint(
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
            "You cannot close the management account.",
        ));
    }
    call.world
        .store
        .write(|tx| {
            let members = &tx.state().organization().members;
            let mut member = MemberAccount::clone(members.get(&id).ok_or_else(fault::no_account)?);
            if member.is_suspended {
                return Err(exception(
                    "AccountAlreadyClosedException",
                    "You attempted to close an account that is already closed.",
                ));
            }
            member.is_suspended = true;
            tx.put(member);
            Ok(())
        })
        .await?;
    Ok(Answer::Json(json!({})))
}
