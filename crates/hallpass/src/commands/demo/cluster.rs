//! The cluster as its clients see it: its API, over HTTPS, with the kubeconfig's token.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hallpass_lab::Description;
use hallpass_types::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::DemoError;

/// A client of the cluster's API.
#[derive(Debug)]
pub(crate) struct Cluster {
    client: reqwest::Client,
    server: String,
    token: Secret<String>,
}

impl Cluster {
    /// A client with the rights of the lab's kubeconfig.
    pub(crate) fn connect(lab: &Description) -> Result<Self, DemoError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|source| DemoError::File {
                path: path.to_owned(),
                source,
            })
        };
        let config: Kubeconfig = serde_saphyr::from_str(&read(&lab.kubeconfig)?)
            .map_err(|error| refused("the kubeconfig", error.to_string()))?;
        let token = config
            .users
            .into_iter()
            .find_map(|user| user.user.token)
            .ok_or_else(|| refused("the kubeconfig", "it holds no token".to_owned()))?;
        let authority = reqwest::Certificate::from_pem(read(&lab.ca_file)?.as_bytes())
            .map_err(|error| refused("its certificate", error.to_string()))?;
        let client = reqwest::Client::builder()
            .tls_certs_only([authority])
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| refused("a client", error.to_string()))?;
        Ok(Self {
            client,
            server: format!("https://{}", lab.cluster),
            token: Secret::new(token),
        })
    }

    /// Creates the object of a manifest, and returns it as the cluster keeps it.
    pub(crate) async fn create(&self, manifest: &str) -> Result<Value, DemoError> {
        let object: Value = serde_saphyr::from_str(manifest)
            .map_err(|error| refused("a manifest", error.to_string()))?;
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (version, kind) = (text("/apiVersion"), text("/kind"));
        let prefix = if version.contains('/') {
            format!("apis/{version}")
        } else {
            format!("api/{version}")
        };
        let scope = match text("/metadata/namespace") {
            "" => String::new(),
            namespace => format!("namespaces/{namespace}/"),
        };
        // The plural of every kind that the example has.
        let resource = format!("{}s", kind.to_lowercase());
        let what = format!("{kind} {}", text("/metadata/name"));
        self.send(
            &what,
            self.client
                .post(format!("{}/{prefix}/{scope}{resource}", self.server))
                .json(&object),
        )
        .await
    }

    /// Creates a service account without annotations, with its namespace if that is missing.
    pub(crate) async fn create_account(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<(), DemoError> {
        let known = self
            .client
            .get(format!("{}/api/v1/namespaces/{namespace}", self.server));
        if self.send(namespace, known).await.is_err() {
            let object = json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace },
            });
            self.create(&object.to_string()).await?;
        }
        let object = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": name, "namespace": namespace },
        });
        self.create(&object.to_string()).await.map(drop)
    }

    /// The first pod of a namespace whose name begins with `prefix`, once it is there.
    pub(crate) async fn pod(&self, namespace: &str, prefix: &str) -> Result<Value, DemoError> {
        let url = format!("{}/api/v1/namespaces/{namespace}/pods", self.server);
        for _ in 0..100 {
            let list = self.send("a list of pods", self.client.get(&url)).await?;
            let found = list
                .get("items")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .find(|pod| {
                    pod.pointer("/metadata/name")
                        .and_then(Value::as_str)
                        .is_some_and(|name| name.starts_with(prefix))
                });
            if let Some(pod) = found {
                return Ok(pod.clone());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(refused(
            "a runner pod",
            format!("none named `{prefix}...` came up in namespace `{namespace}`"),
        ))
    }

    /// A token of a service account, by `TokenRequest`.
    pub(crate) async fn token(
        &self,
        namespace: &str,
        name: &str,
        audience: &str,
    ) -> Result<Secret<String>, DemoError> {
        let url = format!(
            "{}/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
            self.server
        );
        let wish = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": { "audiences": [audience], "expirationSeconds": 3600 },
        });
        let answer = self
            .send("a token", self.client.post(url).json(&wish))
            .await?;
        answer
            .pointer("/status/token")
            .and_then(Value::as_str)
            .map(|token| Secret::new(token.to_owned()))
            .ok_or_else(|| refused("a token", "its answer holds none".to_owned()))
    }

    async fn send(&self, what: &str, request: reqwest::RequestBuilder) -> Result<Value, DemoError> {
        let response = request
            .bearer_auth(self.token.expose())
            .send()
            .await
            .map_err(|error| refused(what, error.to_string()))?;
        let is_success = response.status().is_success();
        let body: Value = response
            .json()
            .await
            .map_err(|error| refused(what, error.to_string()))?;
        if is_success {
            return Ok(body);
        }
        let message = body
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("no reason given");
        Err(refused(what, message.to_owned()))
    }
}

/// The environment of a pod's runner container, by the lab's control interface.
pub(crate) async fn pod_environment(
    lab: &Description,
    namespace: &str,
    name: &str,
) -> Result<BTreeMap<String, String>, DemoError> {
    let fault = |error: reqwest::Error| refused("a pod's environment", error.to_string());
    let answer: Value = reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(fault)?
        .get(format!(
            "http://{}/_hallpass/pods/{namespace}/{name}/environment",
            lab.aws
        ))
        .bearer_auth(lab.control_token.expose())
        .send()
        .await
        .map_err(fault)?
        .json()
        .await
        .map_err(fault)?;
    answer
        .get("environment")
        .cloned()
        .and_then(|environment| serde_json::from_value(environment).ok())
        .ok_or_else(|| refused("a pod's environment", answer.to_string()))
}

fn refused(what: &str, reason: String) -> DemoError {
    DemoError::Cluster {
        what: what.to_owned(),
        reason,
    }
}

#[derive(Deserialize)]
struct Kubeconfig {
    users: Vec<NamedUser>,
}

#[derive(Deserialize)]
struct NamedUser {
    user: User,
}

#[derive(Deserialize)]
struct User {
    token: Option<String>,
}
