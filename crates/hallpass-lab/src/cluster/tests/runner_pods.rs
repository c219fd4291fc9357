//! How objects of the runner kinds become pods.

use serde_json::{Value, json};

use super::super::objects::{self, text};
use super::cluster::*;

#[tokio::test]
async fn runners_become_pods_and_follow_their_template() {
    let cluster = Cluster::new().await;
    let template = json!({
        "repository": "acme/app", "labels": ["builder"], "securityContext": { "fsGroup": 1001 },
    });
    cluster
        .create(RUNNERS, runners("r", None, &template))
        .await
        .unwrap();
    let [only] = cluster.pods().try_into().unwrap();
    let name = text(&only, "/metadata/name");
    // Deployment, replica set, runner: each adds five characters, but for the pod.
    assert!(
        name.starts_with("r-") && name.len() == "r-12345-12345".len(),
        "{name}"
    );
    assert_eq!(text(&only, "/metadata/ownerReferences/0/kind"), "Runner");
    assert_eq!(text(&only, "/metadata/ownerReferences/0/name"), name);
    let labels = objects::strings(&only, "/metadata/labels");
    assert_eq!(labels.get("runner-deployment-name"), Some(&"r".to_owned()));
    assert_eq!(text(&only, "/spec/serviceAccountName"), "default");
    assert_eq!(
        only.pointer("/spec/securityContext/fsGroup"),
        Some(&json!(1001))
    );
    let containers: Vec<_> = objects::elements(&only, "/spec/containers")
        .map(|container| text(container, "/name"))
        .collect();
    assert_eq!(containers, ["runner", "docker"]);
    let path = format!("{RUNNERS}/r");
    // More of the same template leave the first one alone.
    cluster
        .merge(&path, json!({ "spec": { "replicas": 3 } }))
        .await
        .unwrap();
    let names = cluster.names("", "pods", "actions");
    assert!(
        names.len() == 3 && names.iter().any(|other| other == name),
        "{names:?}"
    );
    // Another template replaces them all.
    let other = json!({ "spec": { "template": { "spec": { "dockerEnabled": false } } } });
    cluster.merge(&path, other).await.unwrap();
    let replaced = cluster.names("", "pods", "actions");
    assert_eq!(replaced.len(), 3);
    assert!(
        replaced.iter().all(|name| !names.contains(name)),
        "{replaced:?}"
    );
    // A pod that is deleted comes again under another name.
    cluster
        .delete(&format!("{PODS}/{}", replaced[0]), json!({}))
        .await
        .unwrap();
    let again = cluster.names("", "pods", "actions");
    assert!(
        again.len() == 3 && !again.contains(&replaced[0]),
        "{again:?}"
    );
    cluster
        .merge(&path, json!({ "spec": { "replicas": 0 } }))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster
        .merge(&path, json!({ "spec": { "replicas": 2 } }))
        .await
        .unwrap();
    cluster.delete(&path, json!({})).await.unwrap();
    assert!(cluster.pods().is_empty());
}

#[tokio::test]
async fn runners_wait_for_their_account() {
    let cluster = Cluster::new().await;
    let template = json!({ "serviceAccountName": "ci" });
    cluster
        .create(RUNNERS, runners("r", Some(2), &template))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster
        .create(ACCOUNTS, account("ci", &json!({})))
        .await
        .unwrap();
    assert_eq!(cluster.pods().len(), 2);
}

#[tokio::test]
async fn scale_sets_and_single_runners_become_pods() {
    let cluster = Cluster::new().await;
    let group = "/apis/actions.github.com/v1alpha1/namespaces/actions";
    let container = json!({ "name": "runner", "image": "ghcr.io/actions/actions-runner:latest" });
    let set = |name: &str, min: Value| {
        json!({
            "apiVersion": "actions.github.com/v1alpha1",
            "kind": "AutoscalingRunnerSet",
            "metadata": { "name": name },
            "spec": { "minRunners": min, "template": { "spec": { "containers": [container] } } },
        })
    };
    let sets = format!("{group}/autoscalingrunnersets");
    cluster
        .create(&sets, set("idle", Value::Null))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    cluster.create(&sets, set("two", json!(2))).await.unwrap();
    assert_eq!(cluster.pods().len(), 2);
    cluster
        .delete(&format!("{sets}/two"), json!({}))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    let ephemeral = json!({
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "EphemeralRunner",
        "metadata": { "name": "one" },
        "spec": { "spec": { "containers": [container] } },
    });
    cluster
        .create(&format!("{group}/ephemeralrunners"), ephemeral)
        .await
        .unwrap();
    let runner = json!({
        "apiVersion": "actions.summerwind.dev/v1alpha1",
        "kind": "Runner",
        "metadata": { "name": "two" },
        "spec": { "repository": "acme/app" },
    });
    let runners = "/apis/actions.summerwind.dev/v1alpha1/namespaces/actions/runners";
    cluster.create(runners, runner).await.unwrap();
    assert_eq!(cluster.names("", "pods", "actions"), ["one", "two"]);
}

#[tokio::test]
async fn a_scale_set_has_all_its_objects() {
    let cluster = Cluster::new().await;
    cluster
        .create(
            SETS,
            scale_set("s", "0.14.1", &json!({ "minRunners": 1, "maxRunners": 2 })),
        )
        .await
        .unwrap();
    let [set] = cluster
        .all("actions.github.com", "ephemeralrunnersets")
        .try_into()
        .unwrap();
    let [runner] = cluster
        .all("actions.github.com", "ephemeralrunners")
        .try_into()
        .unwrap();
    let [listener] = cluster
        .all("actions.github.com", "autoscalinglisteners")
        .try_into()
        .unwrap();
    let [pod] = cluster.pods().try_into().unwrap();
    assert_eq!(
        text(&listener, "/spec/ephemeralRunnerSetName"),
        text(&set, "/metadata/name")
    );
    let name = text(&runner, "/metadata/name");
    let set_name = text(&set, "/metadata/name");
    assert!(name.starts_with(&format!("{set_name}-runner-")), "{name}");
    assert_eq!(text(&pod, "/metadata/name"), name);
    assert_eq!(
        text(&pod, "/metadata/ownerReferences/0/kind"),
        "EphemeralRunner"
    );
    assert_eq!(text(&runner, "/metadata/ownerReferences/0/name"), set_name);
    let labels = objects::strings(&pod, "/metadata/labels");
    for (key, value) in [
        ("actions-ephemeral-runner", "True"),
        ("actions.github.com/organization", "acme"),
        ("actions.github.com/scale-set-name", "s"),
        ("actions.github.com/scale-set-namespace", "actions"),
        ("app.kubernetes.io/component", "runner"),
        ("app.kubernetes.io/part-of", "gha-runner-scale-set"),
        ("app.kubernetes.io/version", "0.14.1"),
    ] {
        assert_eq!(labels.get(key).map(String::as_str), Some(value), "{key}");
    }
    let variable = "/spec/containers/0/env/0/valueFrom/secretKeyRef/name";
    assert_eq!(text(&pod, variable), name);
    assert_eq!(text(&runner, "/status/phase"), "Running");
    let status = cluster.get(&format!("{SETS}/s")).await.unwrap();
    assert_eq!(
        status.pointer("/status/runningEphemeralRunners"),
        Some(&json!(1))
    );
    // Settling what is settled changes nothing.
    let before = cluster.version();
    cluster
        .settle("actions.github.com", "autoscalingrunnersets", "s")
        .await;
    assert_eq!(cluster.version(), before);
}

#[tokio::test]
async fn a_scale_set_of_another_version_is_deleted() {
    let cluster = Cluster::new().await;
    let other = scale_set("s", "0.13.0", &json!({ "minRunners": 1 }));
    cluster.create(SETS, other).await.unwrap();
    assert!(
        cluster
            .all("actions.github.com", "autoscalingrunnersets")
            .is_empty()
    );
    assert!(cluster.pods().is_empty());
}

#[tokio::test]
async fn a_job_takes_an_idle_runner_and_another_comes() {
    let cluster = Cluster::new().await;
    let limits = json!({ "minRunners": 1, "maxRunners": 2 });
    cluster
        .create(SETS, scale_set("s", "0.14.0", &limits))
        .await
        .unwrap();
    let first = cluster.assign("s", Value::Null).await.unwrap();
    let runner = text(&first, "/runner").to_owned();
    let path = format!("{RUNNERS_OF_SETS}/{runner}");
    let body = cluster.get(&path).await.unwrap();
    assert_eq!(text(&body, "/status/jobRepositoryName"), "acme/app");
    assert_eq!(body.pointer("/status/workflowRunId"), Some(&json!(7)));
    // One idle beside the busy one; at most two.
    assert_eq!(cluster.pods().len(), 2);
    let second = cluster.assign("s", Value::Null).await.unwrap();
    assert_ne!(text(&second, "/runner"), runner);
    assert!(cluster.assign("s", Value::Null).await.is_err());
    cluster.finish(&runner).await.unwrap();
    assert!(cluster.get(&path).await.is_err());
    assert_eq!(cluster.pods().len(), 2);
    assert!(cluster.assign("s", Value::Null).await.is_ok());
}

#[tokio::test]
async fn a_scale_set_without_idle_runners_makes_one_for_the_job() {
    let cluster = Cluster::new().await;
    cluster
        .create(SETS, scale_set("s", "0.14.0", &json!({})))
        .await
        .unwrap();
    assert!(cluster.pods().is_empty());
    let told = cluster.assign("s", Value::Null).await.unwrap();
    assert_eq!(cluster.pods().len(), 1);
    cluster.finish(text(&told, "/runner")).await.unwrap();
    assert!(cluster.pods().is_empty());
}

#[tokio::test]
async fn another_template_waits_for_the_jobs_of_the_old_one() {
    let cluster = Cluster::new().await;
    let limits = json!({ "minRunners": 1 });
    cluster
        .create(SETS, scale_set("s", "0.14.0", &limits))
        .await
        .unwrap();
    let busy = cluster.assign("s", Value::Null).await.unwrap();
    let busy = text(&busy, "/runner").to_owned();
    let other = json!({ "spec": { "template": { "spec": {
        "containers": [{ "name": "runner", "image": "other" }],
    } } } });
    cluster.merge(&format!("{SETS}/s"), other).await.unwrap();
    let images = |cluster: &Cluster| {
        let pods = cluster.pods();
        let mut images: Vec<_> = pods
            .iter()
            .map(|pod| text(pod, "/spec/containers/0/image").to_owned())
            .collect();
        images.sort();
        images
    };
    assert_eq!(images(&cluster), ["other", "runner"]);
    cluster.finish(&busy).await.unwrap();
    assert_eq!(images(&cluster), ["other"]);
    assert_eq!(
        cluster
            .all("actions.github.com", "ephemeralrunnersets")
            .len(),
        1
    );
}

#[tokio::test]
async fn a_deployment_that_cannot_come_up_keeps_its_old_runners() {
    let cluster = Cluster::new().await;
    let template = json!({ "repository": "acme/app" });
    cluster
        .create(RUNNERS, runners("r", Some(2), &template))
        .await
        .unwrap();
    let before = cluster.names("", "pods", "actions");
    let lost = json!({ "spec": { "template": { "spec": { "serviceAccountName": "none" } } } });
    cluster.merge(&format!("{RUNNERS}/r"), lost).await.unwrap();
    assert_eq!(cluster.names("", "pods", "actions"), before);
    cluster
        .create(ACCOUNTS, account("none", &json!({})))
        .await
        .unwrap();
    let after = cluster.names("", "pods", "actions");
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|name| !before.contains(name)), "{after:?}");
}

#[tokio::test]
async fn a_deployments_runner_is_replaced_after_its_job() {
    let cluster = Cluster::new().await;
    cluster
        .create(
            RUNNERS,
            runners("r", Some(1), &json!({ "repository": "acme/app" })),
        )
        .await
        .unwrap();
    let told = cluster.assign("r", Value::Null).await.unwrap();
    let runner = text(&told, "/runner").to_owned();
    assert!(cluster.assign("r", Value::Null).await.is_err());
    cluster.finish(&runner).await.unwrap();
    let [pod] = cluster.names("", "pods", "actions").try_into().unwrap();
    assert_ne!(pod, runner);
    // One that is not ephemeral stays.
    let lasting = json!({ "repository": "acme/app", "ephemeral": false });
    cluster
        .create(RUNNERS, runners("l", Some(1), &lasting))
        .await
        .unwrap();
    let told = cluster.assign("l", Value::Null).await.unwrap();
    let runner = text(&told, "/runner").to_owned();
    cluster.finish(&runner).await.unwrap();
    assert_eq!(
        text(&cluster.assign("l", Value::Null).await.unwrap(), "/runner"),
        runner
    );
}

#[tokio::test]
async fn an_autoscaler_asks_for_its_minimum() {
    let cluster = Cluster::new().await;
    cluster
        .create(
            RUNNERS,
            runners("r", None, &json!({ "repository": "acme/app" })),
        )
        .await
        .unwrap();
    let autoscaler = json!({
        "apiVersion": "actions.summerwind.dev/v1alpha1",
        "kind": "HorizontalRunnerAutoscaler",
        "metadata": { "name": "h" },
        "spec": { "minReplicas": 3, "maxReplicas": 5, "scaleTargetRef": { "name": "r" } },
    });
    let path =
        "/apis/actions.summerwind.dev/v1alpha1/namespaces/actions/horizontalrunnerautoscalers";
    cluster.create(path, autoscaler).await.unwrap();
    assert_eq!(cluster.pods().len(), 3);
    cluster
        .merge(
            &format!("{RUNNERS}/r"),
            json!({ "spec": { "replicas": 1 } }),
        )
        .await
        .unwrap();
    assert_eq!(cluster.pods().len(), 3);
}

#[tokio::test]
async fn kubernetes_mode_makes_a_pod_for_the_job() {
    let cluster = Cluster::new().await;
    cluster
        .create(ACCOUNTS, account("ci", &json!({})))
        .await
        .unwrap();
    let set = in_kubernetes_mode();
    let template = "spec:\n  securityContext:\n    runAsUser: 1000\n  containers:\n  - name: $job\n    env:\n    - {name: A, value: b}\n";
    let map = json!({ "metadata": { "name": "hook" }, "data": { "job.yaml": template } });
    cluster.create(MAPS, map).await.unwrap();
    cluster.create(SETS, set).await.unwrap();
    let container = json!({ "image": "node:22", "env": { "B": "c" } });
    let without = cluster.assign("s", Value::Null).await.unwrap_err();
    assert!(without.contains("`container`"), "{without}");
    let refused = cluster.assign("s", container.clone()).await.unwrap_err();
    assert!(refused.contains("may not create pods"), "{refused}");
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["create"] }]);
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/actions";
    let role = json!({ "metadata": { "name": "hooks" }, "rules": rules });
    cluster
        .create(&format!("{rbac}/roles"), role)
        .await
        .unwrap();
    let binding = json!({
        "metadata": { "name": "hooks" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "hooks" },
        "subjects": [{ "kind": "ServiceAccount", "name": "ci", "namespace": "actions" }],
    });
    cluster
        .create(&format!("{rbac}/rolebindings"), binding)
        .await
        .unwrap();
    let told = cluster.assign("s", container).await.unwrap();
    let runner = text(&told, "/runner").to_owned();
    assert_eq!(text(&told, "/jobPod"), format!("{runner}-workflow"));
    assert_eq!(text(&told, "/jobServiceAccount"), "default");
    let pod = cluster
        .get(&format!("{PODS}/{runner}-workflow"))
        .await
        .unwrap();
    assert_eq!(
        pod.pointer("/spec/securityContext"),
        Some(&json!({ "runAsUser": 1000 }))
    );
    let names: Vec<_> = objects::elements(&pod, "/spec/containers/0/env")
        .map(|variable| text(variable, "/name"))
        .collect();
    assert_eq!(names, ["GITHUB_ACTIONS", "CI", "B", "A"]);
    assert_eq!(
        text(&pod, "/spec/volumes/0/persistentVolumeClaim/claimName"),
        format!("{runner}-work")
    );
    cluster.finish(&runner).await.unwrap();
    assert!(
        cluster
            .get(&format!("{PODS}/{runner}-workflow"))
            .await
            .is_err()
    );
}

/// A scale set whose hook reads its template from the config map `hook`.
fn in_kubernetes_mode() -> Value {
    let mut set = scale_set("s", "0.14.0", &json!({ "minRunners": 1 }));
    set["spec"]["template"]["spec"] = json!({
        "serviceAccountName": "ci",
        "volumes": [
            { "name": "work", "ephemeral": { "volumeClaimTemplate": { "spec": {} } } },
            { "name": "hook", "configMap": { "name": "hook" } },
        ],
        "containers": [{
            "name": "runner",
            "image": "runner",
            "env": [
                { "name": "ACTIONS_RUNNER_CONTAINER_HOOKS", "value": "/home/runner/k8s/index.js" },
                { "name": "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", "value": "true" },
                { "name": "SECRET_OF_RUNNER", "value": "1" },
                { "name": "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE", "value": "/hook/job.yaml" },
            ],
            "volumeMounts": [{ "name": "hook", "mountPath": "/hook" }],
        }],
    });
    set
}

fn scale_set(name: &str, version: &str, spec: &Value) -> Value {
    let mut set = json!({
        "apiVersion": "actions.github.com/v1alpha1",
        "kind": "AutoscalingRunnerSet",
        "metadata": { "name": name, "labels": { "app.kubernetes.io/version": version } },
        "spec": {
            "githubConfigUrl": "https://github.com/acme",
            "githubConfigSecret": "github",
            "template": { "spec": { "containers": [{ "name": "runner", "image": "runner" }] } },
        },
    });
    let fields = set["spec"].as_object_mut().unwrap();
    fields.extend(spec.as_object().unwrap().clone());
    set
}

impl Cluster {
    fn all(&self, group: &str, resource: &str) -> Vec<Value> {
        self.world().store.read(|state| {
            objects::list(state, group, resource, "actions")
                .map(|object| object.body())
                .collect()
        })
    }

    fn version(&self) -> u64 {
        self.world()
            .store
            .read(super::super::change::latest_version)
    }

    async fn settle(&self, group: &str, resource: &str, name: &str) {
        let mut course = super::super::operate::Course::new(false);
        let place = [group, resource, "actions", name].map(str::to_owned);
        course.touched.runners.insert(place.into());
        super::super::runners::settle(self.world(), &mut course).await;
    }

    async fn assign(&self, runner: &str, container: Value) -> Result<Value, String> {
        let wish = json!({
            "namespace": "actions",
            "runner": runner,
            "repository": "acme/app",
            "workflowRef": "acme/app/.github/workflows/ci.yml@refs/heads/main",
            "runId": 7,
            "jobId": 8,
            "job": "build",
            "container": container,
        });
        let wish = serde_json::from_value(wish).unwrap();
        super::super::runners::assign_job(self.world(), &wish).await
    }

    async fn finish(&self, runner: &str) -> Result<Value, String> {
        let end = json!({ "namespace": "actions", "runner": runner });
        let end = serde_json::from_value(end).unwrap();
        super::super::runners::finish_job(self.world(), &end).await
    }
}

const SETS: &str = "/apis/actions.github.com/v1alpha1/namespaces/actions/autoscalingrunnersets";
const RUNNERS_OF_SETS: &str =
    "/apis/actions.github.com/v1alpha1/namespaces/actions/ephemeralrunners";
