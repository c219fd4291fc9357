//! A runner's pod in the lab's cluster: made for a job, and taken away after it.
//!
//! The pod is created through the cluster's API, so it is admitted and injected as any other; what the job
//! gets of it is its environment.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hallpass_types::ServiceAccountName;
use reqwest::Method;
use serde_json::{Value, json};

use crate::error::RunError;
use crate::lab::{Answer, Lab, no};

/// A pod that a job runs as.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) account: ServiceAccountName,
    pub(crate) name: String,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Pod {
    /// Makes a pod with a service account.
    pub(crate) async fn create(lab: &Lab, account: &ServiceAccountName) -> Result<Self, RunError> {
        let what = format!("runner pod as {}/{}", account.namespace(), account.name());
        let namespace = account.namespace();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "generateName": "hallpass-run-",
                "namespace": namespace,
                "labels": { "app.kubernetes.io/managed-by": "hallpass" },
            },
            "spec": {
                "serviceAccountName": account.name(),
                "restartPolicy": "Never",
                "securityContext": { "fsGroup": 1001 },
                "containers": [{ "name": "runner", "image": "ghcr.io/actions/actions-runner:latest" }],
            },
        });
        let path = format!("api/v1/namespaces/{namespace}/pods");
        let made = match lab.cluster(&what, Method::POST, &path, Some(&pod)).await? {
            Answer::Done(made) => made,
            Answer::Missing(reason) | Answer::Refused(reason) => return Err(no(&what, reason)),
        };
        let name = made
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .ok_or_else(|| no(&what, "its answer has no name".to_owned()))?
            .to_owned();
        let mut pod = Self {
            account: account.clone(),
            name,
            environment: BTreeMap::new(),
        };
        match pod.wait(lab, &what).await {
            Ok(()) => Ok(pod),
            Err(error) => {
                pod.delete(lab).await;
                Err(error)
            }
        }
    }

    /// Takes the pod away. What cannot be taken away is left to the cluster.
    pub(crate) async fn delete(&self, lab: &Lab) {
        let path = format!(
            "api/v1/namespaces/{}/pods/{}?gracePeriodSeconds=0",
            self.account.namespace(),
            self.name
        );
        let _ = lab
            .cluster("end of the pod", Method::DELETE, &path, None)
            .await;
    }

    /// Waits until the pod's tokens are on the disk.
    async fn wait(&mut self, lab: &Lab, what: &str) -> Result<(), RunError> {
        let path = format!(
            "pods/{}/{}/environment",
            self.account.namespace(),
            self.name
        );
        for _ in 0..ATTEMPTS {
            if let Answer::Done(answer) = lab.control(what, &path, None).await? {
                self.environment = answer
                    .get("environment")
                    .cloned()
                    .and_then(|environment| serde_json::from_value(environment).ok())
                    .unwrap_or_default();
                let is_ready = TOKEN_FILES
                    .iter()
                    .filter_map(|name| self.environment.get(*name))
                    .all(|file| Path::new(file).is_file());
                if is_ready {
                    return Ok(());
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(no(what, "its token did not come".to_owned()))
    }
}

/// The service account of a runner of the cluster that has all the labels.
pub(crate) async fn by_labels(
    lab: &Lab,
    labels: &[String],
) -> Result<Option<ServiceAccountName>, RunError> {
    for (path, spec) in RUNNER_KINDS {
        let list = match lab
            .cluster("list of runners", Method::GET, path, None)
            .await?
        {
            Answer::Done(list) => list,
            Answer::Missing(_) => continue,
            Answer::Refused(reason) => return Err(no("list of runners", reason)),
        };
        for object in list
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(account) = account_of(object, spec, labels) {
                return Ok(Some(account));
            }
        }
    }
    Ok(None)
}

fn account_of(object: &Value, spec: &str, labels: &[String]) -> Option<ServiceAccountName> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let spec = object.pointer(spec)?;
    let own: Vec<&str> = spec
        .get("labels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        // A scale set is asked for by its name.
        .chain(
            object
                .pointer("/spec/runnerScaleSetName")
                .and_then(Value::as_str),
        )
        .chain(text("/metadata/name").filter(|_| text("/kind") == Some("AutoscalingRunnerSet")))
        .collect();
    let has = |label: &String| {
        OF_ALL_RUNNERS
            .iter()
            .any(|known| label.eq_ignore_ascii_case(known))
            || own.iter().any(|known| label.eq_ignore_ascii_case(known))
    };
    if !labels.iter().all(has) {
        return None;
    }
    let name = spec
        .get("serviceAccountName")
        .or_else(|| spec.pointer("/spec/serviceAccountName"))
        .and_then(Value::as_str)
        .unwrap_or("default");
    ServiceAccountName::new(text("/metadata/namespace")?, name).ok()
}

/// The kinds of runners, and where each keeps what its pods have.
const RUNNER_KINDS: &[(&str, &str)] = &[
    (
        "apis/actions.summerwind.dev/v1alpha1/runnerdeployments",
        "/spec/template/spec",
    ),
    ("apis/actions.summerwind.dev/v1alpha1/runnersets", "/spec"),
    ("apis/actions.summerwind.dev/v1alpha1/runners", "/spec"),
    (
        "apis/actions.github.com/v1alpha1/autoscalingrunnersets",
        "/spec/template/spec",
    ),
];
/// What each self-hosted runner on Linux has by itself.
const OF_ALL_RUNNERS: &[&str] = &["self-hosted", "linux", "x64", "arm64"];
const TOKEN_FILES: &[&str] = &[
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];
const PAUSE: Duration = Duration::from_millis(20);
const ATTEMPTS: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_is_found_by_its_labels() {
        let deployment = json!({
            "kind": "RunnerDeployment",
            "metadata": { "name": "r", "namespace": "actions" },
            "spec": { "template": { "spec": { "labels": ["image-builder"], "serviceAccountName": "ci" } } },
        });
        let find = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            account_of(&deployment, "/spec/template/spec", &labels)
                .map(|account| format!("{}/{}", account.namespace(), account.name()))
        };
        assert_eq!(
            find(&["self-hosted", "Image-Builder"]).as_deref(),
            Some("actions/ci")
        );
        assert_eq!(find(&["self-hosted", "gpu"]), None);
        let set = json!({
            "kind": "AutoscalingRunnerSet",
            "metadata": { "name": "builders", "namespace": "arc" },
            "spec": { "template": { "spec": {} } },
        });
        let account = account_of(&set, "/spec/template/spec", &["builders".to_owned()]).unwrap();
        assert_eq!(account.name(), "default");
    }
}
