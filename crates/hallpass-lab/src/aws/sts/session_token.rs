//! `GetSessionToken`: a user's own short-lived credentials.

use super::credentials::write_credentials;
use super::grant::end;
use crate::aws::answer::Answer;
use crate::aws::call::Call;
use crate::aws::caller::Principal;
use crate::aws::constraints::Constraints;
use crate::aws::error::ApiError;
use crate::chance;
use crate::sessions::{Session, SessionPrincipal};

/// `GetSessionToken`: needs no permission, and takes a user's long-lived key.
pub(super) fn get_session_token(call: &mut Call) -> Result<Answer, ApiError> {
    let caller = call.caller()?;
    let user = match (&caller.principal, &caller.session) {
        (Principal::User(user), None) => user.clone(),
        _ => {
            return Err(ApiError::access_denied(
                "Cannot call GetSessionToken with session credentials",
            ));
        }
    };
    let params = call.params()?;
    let mut faults = Constraints::default();
    let seconds = faults.number(params, "DurationSeconds", (900, 129_600), 43_200)?;
    faults.finish()?;
    let world = &call.world;
    let session = Session {
        access_key_id: chance::access_key_id(&*world.chance, "ASIA", caller.account()),
        account: Some(caller.account().to_string()),
        principal: SessionPrincipal::User {
            user_id: user.id.clone(),
            user_name: user.name.clone(),
        },
        issued: call.now,
        expires: end(call.now, seconds),
        inline_policy: None,
        policy_arns: Vec::new(),
        tags: std::collections::BTreeMap::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        federated_provider: None,
    };
    let credentials = world.sealer.issue(&session, &*world.chance);
    Ok(Answer::xml(|xml| write_credentials(xml, &credentials)))
}

/// Without MFA, such credentials call nothing of STS but `AssumeRole` and `GetCallerIdentity`.
///
/// Source: AWS STS API Reference, `GetSessionToken`, permissions.
pub(super) fn check_use(call: &Call) -> Result<(), ApiError> {
    let is_user_session = call.caller.as_ref().is_some_and(|caller| {
        matches!(caller.principal, Principal::User(_)) && caller.session.is_some()
    });
    let is_open = matches!(
        call.operation.as_str(),
        "AssumeRole" | "GetCallerIdentity" | "GetSessionToken"
    );
    if is_user_session && !is_open {
        return Err(ApiError::access_denied(format!(
            "Cannot call {} with session credentials that were issued without MFA",
            call.operation
        )));
    }
    Ok(())
}
