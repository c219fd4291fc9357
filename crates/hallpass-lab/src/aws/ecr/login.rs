//! `GetAuthorizationToken`: a login at the registry; and `DescribeRegistry`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{check_registry, epoch};
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::registry::issue_login;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetAuthorizationToken {
    #[serde(default)]
    registry_ids: Vec<String>,
}

/// `GetAuthorizationToken`: one login, good at each registry that was named.
pub(super) fn get_authorization_token(call: &mut Call) -> Result<Answer, ApiError> {
    let input: GetAuthorizationToken = call.take_json()?;
    let action = "ecr:GetAuthorizationToken";
    call.authorize(&Wanted::new(action, "*"))?;
    for id in &input.registry_ids {
        check_registry(call, Some(id), action, "*")?;
    }
    let world = &call.world;
    let data: Vec<Value> = (0..input.registry_ids.len().clamp(1, MAX_REGISTRIES))
        .map(|_| {
            let login = issue_login(world, call.caller()?, call.now);
            let token = STANDARD.encode(format!("AWS:{}", login.password.expose()));
            Ok(json!({
                "authorizationToken": token,
                "expiresAt": epoch(login.expires),
                "proxyEndpoint": format!("https://{}", world.identity.registry_host()),
            }))
        })
        .collect::<Result<_, ApiError>>()?;
    Ok(Answer::Json(json!({ "authorizationData": data })))
}

/// `DescribeRegistry`: a registry that replicates nothing.
pub(super) fn describe_registry(call: &mut Call) -> Result<Answer, ApiError> {
    call.authorize(&Wanted::new("ecr:DescribeRegistry", "*"))?;
    Ok(Answer::Json(json!({
        "registryId": call.world.identity.account.as_str(),
        "replicationConfiguration": { "rules": [] },
    })))
}

// Amazon ECR API Reference, `GetAuthorizationToken`, `registryIds`.
const MAX_REGISTRIES: usize = 10;
