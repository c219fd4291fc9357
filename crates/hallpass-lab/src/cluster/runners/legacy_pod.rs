//! The pod of a legacy runner, whose fields stand beside the repository's.
//!
//! Source: actions-runner-controller, `runner_controller.go`: by default docker runs beside the runner,
//! privileged, and they meet over TLS on loopback; in kubernetes mode the container hooks make pods.

use serde_json::{Map, Value, json};

use super::super::objects::{elements, text};
use super::scale_set::VERSION;
use super::template::{RUNNER_CONTAINER, append, variable};

/// The specification of the pod.
pub(super) fn pod_spec(runner: &Value, name: &str) -> Value {
    let mut spec: Map<String, Value> = POD_FIELDS
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), runner.get(*field)?.clone())))
        .collect();
    let mut containers: Vec<Value> = elements(runner, "/containers").cloned().collect();
    containers.extend(elements(runner, "/sidecarContainers").cloned());
    let has =
        |containers: &[Value], name: &str| containers.iter().any(|one| text(one, "/name") == name);
    if !has(&containers, RUNNER_CONTAINER) {
        containers.insert(0, json!({ "name": RUNNER_CONTAINER }));
    }
    let mode = Mode::of(runner);
    for container in &mut containers {
        if text(container, "/name") == RUNNER_CONTAINER {
            complete_runner(container, runner, name, mode);
        }
    }
    if mode == Mode::DockerBeside && !has(&containers, DOCKER) {
        containers.push(docker(runner));
    }
    spec.insert("containers".to_owned(), Value::Array(containers));
    spec.entry("restartPolicy").or_insert(json!("Never"));
    let mut spec = Value::Object(spec);
    append(&mut spec, "volumes", volumes(runner, mode));
    spec
}

/// How the runner runs containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Docker runs in a container of its own.
    DockerBeside,
    /// Docker runs in the runner's container.
    DockerWithin,
    /// Pods are made for them.
    Kubernetes,
    /// Not at all.
    Without,
}

impl Mode {
    fn of(runner: &Value) -> Self {
        let is = |field: &str, default: bool| {
            let value = runner.get(field).and_then(Value::as_bool);
            value.unwrap_or(default)
        };
        if text(runner, "/containerMode") == "kubernetes" {
            Self::Kubernetes
        } else if is("dockerdWithinRunnerContainer", false) {
            Self::DockerWithin
        } else if is("dockerEnabled", true) {
            Self::DockerBeside
        } else {
            Self::Without
        }
    }
}

fn complete_runner(container: &mut Value, runner: &Value, name: &str, mode: Mode) {
    let image = match text(runner, "/image") {
        "" => "summerwind/actions-runner:latest",
        image => image,
    };
    append(container, "env", elements(runner, "/env").cloned());
    let mounts: Vec<Value> = elements(runner, "/volumeMounts").cloned().collect();
    append(container, "volumeMounts", mounts);
    append(container, "envFrom", elements(runner, "/envFrom").cloned());
    complete_container(container, runner, name);
    let work = match text(runner, "/workDir") {
        "" => "/runner/_work",
        work => work,
    };
    append(container, "env", [variable("RUNNER_WORKDIR", work)]);
    append(
        container,
        "volumeMounts",
        [json!({ "name": "work", "mountPath": work })],
    );
    match mode {
        Mode::DockerBeside => {
            let told = [
                variable("DOCKER_HOST", "tcp://localhost:2376"),
                variable("DOCKER_TLS_VERIFY", "1"),
                variable("DOCKER_CERT_PATH", "/certs/client"),
            ];
            append(container, "env", told);
            let certificates =
                json!({ "name": "certs-client", "mountPath": "/certs/client", "readOnly": true });
            append(container, "volumeMounts", [certificates]);
        }
        Mode::DockerWithin => {
            append(container, "env", [variable("DOCKERD_IN_RUNNER", "true")]);
            if let Some(fields) = container.as_object_mut() {
                let privileged = json!({ "privileged": true });
                fields.entry("securityContext").or_insert(privileged);
            }
        }
        Mode::Kubernetes => {
            let pod = json!({
                "name": "ACTIONS_RUNNER_POD_NAME",
                "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } },
            });
            let told = [
                variable("ACTIONS_RUNNER_CONTAINER_HOOKS", "/runner/k8s/index.js"),
                pod,
                variable("ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", "true"),
                variable("ACTIONS_RUNNER_REQUIRE_SAME_NODE", "true"),
            ];
            append(container, "env", told);
        }
        Mode::Without => {}
    }
    if let Some(fields) = container.as_object_mut() {
        fields.entry("image").or_insert(json!(image));
        if let Some(resources) = runner.get("resources") {
            fields.entry("resources").or_insert(resources.clone());
        }
    }
}

/// What every runner's container is told.
pub(super) fn complete_container(container: &mut Value, runner: &Value, name: &str) {
    let labels: Vec<_> = elements(runner, "/labels")
        .filter_map(Value::as_str)
        .collect();
    let is_ephemeral = is_ephemeral(runner).to_string();
    let agent = format!("actions-runner-controller/{VERSION}");
    let told = [
        ("RUNNER_ORG", text(runner, "/organization")),
        ("RUNNER_REPO", text(runner, "/repository")),
        ("RUNNER_ENTERPRISE", text(runner, "/enterprise")),
        ("RUNNER_LABELS", &labels.join(",")),
        ("RUNNER_GROUP", text(runner, "/group")),
        ("RUNNER_NAME", name),
        ("RUNNER_EPHEMERAL", &is_ephemeral),
        ("GITHUB_URL", "https://github.com/"),
        ("GITHUB_ACTIONS_RUNNER_EXTRA_USER_AGENT", &agent),
    ];
    append(
        container,
        "env",
        told.map(|(name, value)| variable(name, value)),
    );
}

/// Whether the runner ends with its first job, which it does unless it says otherwise.
pub(super) fn is_ephemeral(runner: &Value) -> bool {
    runner
        .get("ephemeral")
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

fn docker(runner: &Value) -> Value {
    let image = match text(runner, "/dockerImage") {
        "" => "docker:dind",
        image => image,
    };
    let mut variables: Vec<Value> = elements(runner, "/dockerEnv").cloned().collect();
    variables.push(variable("DOCKER_TLS_CERTDIR", "/certs"));
    let mut mounts: Vec<Value> = elements(runner, "/dockerVolumeMounts").cloned().collect();
    mounts.push(json!({ "name": "work", "mountPath": "/runner/_work" }));
    mounts.push(json!({ "name": "certs-client", "mountPath": "/certs/client" }));
    json!({
        "name": DOCKER,
        "image": image,
        "env": variables,
        "volumeMounts": mounts,
        "securityContext": { "privileged": true },
    })
}

/// The volumes that the controller adds, but for those that the runner has itself.
fn volumes(runner: &Value, mode: Mode) -> Vec<Value> {
    let work = match (mode, runner.get("workVolumeClaimTemplate")) {
        (Mode::Kubernetes, Some(claim)) => json!({
            "name": "work",
            "ephemeral": { "volumeClaimTemplate": { "spec": claim } },
        }),
        _ => json!({ "name": "work", "emptyDir": {} }),
    };
    let certificates = json!({ "name": "certs-client", "emptyDir": {} });
    let wanted = match mode {
        Mode::DockerBeside => vec![work, certificates],
        Mode::DockerWithin | Mode::Kubernetes | Mode::Without => vec![work],
    };
    let is_there = |volume: &Value| {
        elements(runner, "/volumes").any(|own| text(own, "/name") == text(volume, "/name"))
    };
    wanted
        .into_iter()
        .filter(|volume| !is_there(volume))
        .collect()
}

/// What a legacy runner passes on to its pod as it is.
const POD_FIELDS: &[&str] = &[
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "ephemeralContainers",
    "hostAliases",
    "imagePullSecrets",
    "initContainers",
    "nodeSelector",
    "priorityClassName",
    "runtimeClassName",
    "securityContext",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
];
const DOCKER: &str = "docker";
