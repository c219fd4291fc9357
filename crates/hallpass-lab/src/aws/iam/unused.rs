//! What IAM's users and roles may have and the lab's never do: answered as for those that have none.
//!
//! Clients ask before they delete a user or a role, so the questions must have their honest answer.

use super::entity::{Entity, allowed};
use super::names;
use super::permission::Permission;
use super::users::named_or_caller;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::store::records::{Role, User};

/// `GetLoginProfile`: nobody has a console password.
pub(super) fn get_login_profile(call: &mut Call) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    allowed::<User>(call, &name)?;
    Err(ApiError::no_such_entity(format!(
        "Login Profile for User {name} cannot be found."
    )))
}

/// `ListMFADevices`, `ListSSHPublicKeys` and their like: a list of what the user has not.
pub(super) fn list_of_user(call: &mut Call, element: &str) -> Result<Answer, ApiError> {
    let name = named_or_caller(call)?;
    allowed::<User>(call, &name)?;
    Ok(empty(element))
}

/// `ListInstanceProfilesForRole`.
pub(super) fn list_of_role(call: &mut Call, element: &str) -> Result<Answer, ApiError> {
    let name = names::name(call.params()?, Role::PARAMETER, Role::LONGEST_NAME)?;
    allowed::<Role>(call, &name)?;
    Ok(empty(element))
}

/// `ListAccountAliases`: the account has none.
pub(super) fn list_of_account(call: &mut Call, element: &str) -> Result<Answer, ApiError> {
    Permission::on("*").ask(call)?;
    Ok(empty(element))
}

fn empty(element: &str) -> Answer {
    Answer::xml(|xml| {
        xml.texts(element, [""; 0]).value("IsTruncated", false);
    })
}
