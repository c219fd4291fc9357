//! `GetCallerIdentity` and `GetAccessKeyInfo`: who is behind a key.

use hallpass_types::AccountId;

use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::caller::access_key;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::chance;
use crate::world::World;

/// `GetCallerIdentity`: needs no permission, and cannot be denied.
pub(super) fn get_caller_identity(call: &mut Call) -> Result<Answer, ApiError> {
    let caller = call.caller()?;
    let account = caller.account();
    Ok(Answer::xml(|xml| {
        xml.text("Arn", caller.arn())
            .text("UserId", caller.user_id())
            .text("Account", account.as_str());
    }))
}

/// `GetAccessKeyInfo`: the account of a key.
pub(super) fn get_access_key_info(call: &mut Call) -> Result<Answer, ApiError> {
    let params = call.params()?;
    let mut faults = Constraints::default();
    let id = faults.required(params, "AccessKeyId").to_owned();
    if params.get("AccessKeyId").is_some() {
        faults.length(&id, "AccessKeyId", 16, 128);
        faults.word(&id, "AccessKeyId");
    }
    faults.finish()?;
    call.authorize(&Wanted::new("sts:GetAccessKeyInfo", "*"))?;
    let account = account_of(&call.world, &id).ok_or_else(|| {
        ApiError::validation(format!(
            "Access Key {id} is not valid: it belongs to no account of this lab"
        ))
    })?;
    Ok(Answer::xml(|xml| {
        xml.text("Account", account.as_str());
    }))
}

/// The account of a key: of a user's, the account that has it; of a session's, of which the lab keeps no
/// list, the account that the ID tells.
fn account_of(world: &World, id: &str) -> Option<AccountId> {
    let told = || {
        let account = chance::account_of_key_id(id)?;
        let is_here = world.store.read(|state| state.is_account(account));
        // What was issued before IDs told their account is the first account's.
        Some(if is_here {
            account
        } else {
            world.identity.account
        })
    };
    access_key(world, id)
        .map(|(account, _)| account)
        .or_else(|| id.starts_with("ASIA").then(told)?)
}
