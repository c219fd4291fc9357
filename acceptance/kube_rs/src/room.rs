//! A namespace for one scenario, and the objects that scenarios are made of.

use anyhow::{Result, bail};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{DeleteParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

/// A namespace with a generated name.
pub async fn enter(client: &Client) -> Result<String> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let wanted: Namespace =
        serde_json::from_value(json!({ "metadata": { "generateName": "kube-rs-" } }))?;
    let made = namespaces.create(&PostParams::default(), &wanted).await?;
    Ok(made.name_any())
}

/// Deletes the namespace, and waits until it is gone.
pub async fn leave(client: &Client, name: &str) -> Result<()> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let Some(found) = namespaces.get_opt(name).await? else {
        bail!("the namespace `{name}` is gone before its time");
    };
    let uid = found.uid().unwrap_or_default();
    namespaces.delete(name, &DeleteParams::default()).await?;
    let gone = await_condition(namespaces, name, conditions::is_deleted(&uid));
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await??;
    Ok(())
}

/// A config map.
pub fn config_map(name: &str, data: &[(&str, &str)]) -> ConfigMap {
    ConfigMap {
        metadata: kube::api::ObjectMeta {
            name: Some(name.to_owned()),
            ..Default::default()
        },
        data: Some(
            data.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        ),
        ..Default::default()
    }
}

/// The HTTP status of an error of the API server.
pub fn code(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}
