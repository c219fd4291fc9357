//! Tokens of pods, as somebody outside the API checks them: for an audience of its own.

use std::time::Duration;

use hallpass_oidc::{TokenError, UnverifiedToken};
use hallpass_types::{ServiceAccountName, Timestamp};
use serde_json::Value;

use super::objects::{self, text};
use crate::world::World;

/// Whose a token is.
#[derive(Debug)]
pub(crate) struct PodToken {
    /// The service account.
    pub(crate) account: ServiceAccountName,
    /// The pod that it is bound to: its name and UID.
    pub(crate) pod: Option<(String, String)>,
}

/// What is wrong with a token.
#[derive(Debug)]
pub(crate) enum TokenFault {
    /// It has ended.
    Expired,
    /// All else.
    Invalid(String),
}

impl From<TokenError> for TokenFault {
    fn from(error: TokenError) -> Self {
        if matches!(error, TokenError::Expired { .. }) {
            Self::Expired
        } else {
            Self::Invalid(error.to_string())
        }
    }
}

/// Checks a token of this cluster that must be for `audience`; what it is bound to must still be there.
pub(crate) fn verify_pod_token(
    world: &World,
    token: &str,
    audience: &str,
    now: Timestamp,
) -> Result<PodToken, TokenFault> {
    let invalid = |why: String| TokenFault::Invalid(why);
    let keys = world
        .cluster
        .keys()
        .map_err(|error| invalid(error.to_string()))?;
    let token = UnverifiedToken::parse(token)?;
    if token.issuer()? != world.identity.issuer_url() {
        return Err(invalid(
            "the token is not of this cluster's issuer".to_owned(),
        ));
    }
    let token = token.verify_signature(&keys.public)?;
    token.check_times(now, Duration::ZERO)?;
    token.check_audience(&[audience.to_owned()])?;
    let claims = token.into_claims();
    let bound = claims.get("kubernetes.io").unwrap_or(&Value::Null);
    let account = ServiceAccountName::new(
        text(bound, "/namespace"),
        text(bound, "/serviceaccount/name"),
    )
    .map_err(|error| invalid(error.to_string()))?;
    let pod = bound.get("pod").map(|pod| {
        let (name, uid) = (text(pod, "/name"), text(pod, "/uid"));
        (name.to_owned(), uid.to_owned())
    });
    world.store.read(|state| {
        objects::account(state, &account)
            .filter(|known| known.head.uid == text(bound, "/serviceaccount/uid"))
            .ok_or_else(|| invalid(format!("the service account `{account}` is gone")))?;
        let Some((name, uid)) = &pod else {
            return Ok(());
        };
        objects::get(state, "", "pods", account.namespace(), name)
            .filter(|known| known.head.uid == *uid)
            .map(drop)
            .ok_or_else(|| invalid(format!("the pod `{name}` is gone")))
    })?;
    Ok(PodToken { account, pod })
}
