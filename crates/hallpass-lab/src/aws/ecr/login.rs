//! `GetAuthorizationToken`: a login at the registry; and `DescribeRegistry`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass_types::AccountId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use super::input::registry_id;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::registry::issue_login;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetAuthorizationToken {
    #[serde(default)]
    registry_ids: Vec<String>,
}

/// `GetAuthorizationToken`: a login for each registry that is named. What the caller may do there, the
/// registry asks at each request.
pub(super) fn get_authorization_token(call: &mut Call) -> Result<Answer, ApiError> {
    let input: GetAuthorizationToken = call.take_json()?;
    let action = "ecr:GetAuthorizationToken";
    call.authorize(&Wanted::new(action, "*"))?;
    if input.registry_ids.len() > MAX_REGISTRIES {
        return Err(fault::parameter(
            "registryIds",
            "Member must have length less than or equal to 10",
        ));
    }
    let mut registries: Vec<AccountId> = input
        .registry_ids
        .iter()
        .map(|id| registry_id(id))
        .collect::<Result<_, _>>()?;
    if registries.is_empty() {
        registries.push(call.identity.account);
    }
    let world = &call.world;
    let data: Vec<Value> = registries
        .into_iter()
        .map(|registry| {
            let host = world.identity_of(registry).registry_host();
            let login = issue_login(world, call.caller()?, call.now);
            let token = STANDARD.encode(format!("AWS:{}", login.password.expose()));
            Ok(json!({
                "authorizationToken": token,
                "expiresAt": epoch(login.expires),
                "proxyEndpoint": format!("https://{host}"),
            }))
        })
        .collect::<Result<_, ApiError>>()?;
    Ok(Answer::Json(json!({ "authorizationData": data })))
}

/// `DescribeRegistry`: a registry that replicates nothing.
pub(super) fn describe_registry(call: &mut Call) -> Result<Answer, ApiError> {
    call.authorize(&Wanted::new("ecr:DescribeRegistry", "*"))?;
    Ok(Answer::Json(json!({
        "registryId": call.identity.account.as_str(),
        "replicationConfiguration": { "rules": [] },
    })))
}

// Amazon ECR API Reference, `GetAuthorizationToken`, `registryIds`.
const MAX_REGISTRIES: usize = 10;
