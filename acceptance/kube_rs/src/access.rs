//! What is served, and who may.

use anyhow::{Result, ensure};
use k8s_openapi::api::authentication::v1::{SelfSubjectReview, TokenRequest};
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{ListParams, PostParams};
use kube::config::{AuthInfo, Config};
use kube::discovery::Discovery;
use kube::{Api, Client};
use serde_json::json;

use crate::room::{self, code};

/// Aggregated and plain discovery tell the same.
pub async fn discovery(client: Client) -> Result<()> {
    let version = client.apiserver_version().await?;
    ensure!(version.major == "1", "{version:?}");
    let served = |discovery: &Discovery| {
        let mut all: Vec<String> = discovery
            .groups()
            .flat_map(|group| group.versioned_resources(group.preferred_version_or_latest()))
            .map(|(resource, can)| {
                format!(
                    "{}/{} {:?} {}",
                    resource.api_version, resource.plural, can.scope, resource.kind
                )
            })
            .collect();
        all.sort();
        all
    };
    let plain = served(&Discovery::new(client.clone()).run().await?);
    let aggregated = served(&Discovery::new(client).run_aggregated().await?);
    ensure!(
        plain == aggregated,
        "plain: {plain:#?}\naggregated: {aggregated:#?}"
    );
    ensure!(
        plain
            .iter()
            .any(|one| one.starts_with("v1/serviceaccounts ")),
        "{plain:#?}"
    );
    Ok(())
}

/// A service account's token is somebody, who may nothing until a role binding says so.
pub async fn token(client: Client) -> Result<()> {
    let room = room::enter(&client).await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &room);
    let wanted: TokenRequest = serde_json::from_value(json!({
        "metadata": {}, "spec": { "audiences": [], "expirationSeconds": 600 },
    }))?;
    let made = accounts
        .create_token_request("default", &PostParams::default(), &wanted)
        .await?;
    let token = made.status.map(|status| status.token).unwrap_or_default();
    let mut config = Config::infer().await?;
    config.auth_info = AuthInfo {
        token: Some(token.into()),
        ..AuthInfo::default()
    };
    let account = Client::try_from(config)?;

    let me: SelfSubjectReview = Api::all(account.clone())
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let name = me
        .status
        .and_then(|status| status.user_info)
        .and_then(|user| user.username);
    ensure!(
        name.as_deref() == Some(&format!("system:serviceaccount:{room}:default")),
        "{name:?}"
    );

    let maps: Api<ConfigMap> = Api::namespaced(account.clone(), &room);
    let refused = maps.list(&ListParams::default()).await;
    ensure!(
        refused.as_ref().err().and_then(code) == Some(403),
        "{refused:?}"
    );
    ensure!(!may(&account, &room).await?);
    let roles: Api<Role> = Api::namespaced(client.clone(), &room);
    roles.create(&PostParams::default(), &serde_json::from_value(json!({
        "metadata": { "name": "reader" },
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] }],
    }))?).await?;
    let bindings: Api<RoleBinding> = Api::namespaced(client.clone(), &room);
    bindings.create(&PostParams::default(), &serde_json::from_value(json!({
        "metadata": { "name": "reader" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader" },
        "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": room }],
    }))?).await?;
    ensure!(may(&account, &room).await?);
    maps.list(&ListParams::default()).await?;
    room::leave(&client, &room).await
}

async fn may(account: &Client, room: &str) -> Result<bool> {
    let question: SelfSubjectAccessReview = serde_json::from_value(json!({
        "spec": { "resourceAttributes": { "namespace": room, "verb": "list", "resource": "configmaps" } },
    }))?;
    let answer = Api::<SelfSubjectAccessReview>::all(account.clone())
        .create(&PostParams::default(), &question)
        .await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
