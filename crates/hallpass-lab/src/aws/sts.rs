//! Security Token Service: web identities and roles become short-lived credentials.
//!
//! Source: AWS STS API Reference; messages as AWS writes them, where public threads quote them.

mod assume_role;
mod constraints;
mod decode;
mod grant;
mod issuer_keys;
mod session_token;
mod web_identity;
mod web_token;
mod whoami;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::front::unknown_operation;
use super::xml::Xml;
use crate::sessions::Credentials;

pub(crate) use decode::encode_denial;
pub(crate) use issuer_keys::IssuerKeys;

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

fn write_credentials(xml: &mut Xml, credentials: &Credentials) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", &credentials.access_key_id)
            .text("SecretAccessKey", credentials.secret_access_key.expose())
            .text("SessionToken", credentials.session_token.expose())
            .text(
                "Expiration",
                credentials
                    .expires
                    .strftime("%Y-%m-%dT%H:%M:%SZ")
                    .to_string(),
            );
    });
}
