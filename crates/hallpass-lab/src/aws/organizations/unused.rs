//! What an organisation may have and the lab's never does: answered as for one that has none.
//!
//! Clients that read an organisation whole ask for all of it, so the questions must have their honest
//! answer.

use std::iter::empty;

use super::access::Permission;
use super::page::Paging;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;

/// `ListAWSServiceAccessForOrganization`: no service has been let in.
pub(super) fn list_services(call: &mut Call) -> Result<Answer, ApiError> {
    none(call, "EnabledServicePrincipals")
}

/// `ListDelegatedAdministrators`: no account acts for the management account.
pub(super) fn list_delegates(call: &mut Call) -> Result<Answer, ApiError> {
    none(call, "DelegatedAdministrators")
}

/// `ListHandshakesForOrganization`: no account was invited.
pub(super) fn list_handshakes(call: &mut Call) -> Result<Answer, ApiError> {
    none(call, "Handshakes")
}

fn none(call: &mut Call, member: &str) -> Result<Answer, ApiError> {
    let paging: Paging = call.take_json()?;
    Permission::default().ask(call)?;
    paging.answer(member, empty())
}
