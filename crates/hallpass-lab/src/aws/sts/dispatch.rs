//! Which operation of STS a call names.

use super::{assume_role, decode, session_token, web_identity, whoami};
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::front::unknown_operation;

/// Whether the operation takes no signature: its proof is in its parameters.
pub(crate) fn is_unsigned(operation: &str) -> bool {
    operation == "AssumeRoleWithWebIdentity"
}

/// Carries out one operation.
pub(crate) async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    session_token::check_use(call)?;
    match call.operation.as_str() {
        "AssumeRole" => assume_role::assume_role(call),
        "AssumeRoleWithWebIdentity" => web_identity::assume_role_with_web_identity(call).await,
        "DecodeAuthorizationMessage" => decode::decode_authorization_message(call),
        "GetAccessKeyInfo" => whoami::get_access_key_info(call),
        "GetCallerIdentity" => whoami::get_caller_identity(call),
        "GetSessionToken" => session_token::get_session_token(call),
        _ => Err(unknown_operation(
            &call.operation,
            call.params()?.get("Version"),
        )),
    }
}
