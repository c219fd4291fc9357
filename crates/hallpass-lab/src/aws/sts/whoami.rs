//! `GetCallerIdentity` and `GetAccessKeyInfo`: who is behind a key.

use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

use crate::aws::constraints::Constraints;

/// `GetCallerIdentity`: needs no permission, and cannot be denied.
pub(super) fn get_caller_identity(call: &mut Call) -> Result<Answer, ApiError> {
    let caller = call.caller()?;
    let account = call.world.identity.account;
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
    // AWS reads the account out of the ID. The lab's IDs carry none, so it answers for the keys that
    // it has, and for session keys, which it keeps no list of and which are its own by their prefix.
    let is_own = id.starts_with("ASIA")
        || call
            .world
            .store
            .read(|state| state.access_keys.contains_key(&id));
    if !is_own {
        return Err(ApiError::validation(format!(
            "Access Key {id} is not valid: it belongs to no account of this lab"
        )));
    }
    let account = call.world.identity.account;
    Ok(Answer::xml(|xml| {
        xml.text("Account", account.as_str());
    }))
}
