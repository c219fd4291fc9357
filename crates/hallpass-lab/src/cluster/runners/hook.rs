//! The pod of a job: in kubernetes mode the runner's container hook makes one for the job's container.
//!
//! It names no service account, so it gets the namespace's `default`, and it does not get the runner's
//! environment; the hook sets `fsGroup`, which a hook template that has a `securityContext` takes away.
//! Source: actions/runner-container-hooks, `packages/k8s` (`prepare-job`, pod template extension).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::objects::{elements, text};
use super::hands::Hands;
use super::kind::{Kind, POD};
use super::template::{RUNNER_CONTAINER, append, variable};
use crate::store::records::KubernetesObject;

/// Whether the runner's containers are made as pods.
pub(super) fn has_hook(pod: &Value) -> bool {
    runner_variable(pod, "ACTIONS_RUNNER_CONTAINER_HOOKS").is_some()
}

/// Whether the runner takes only jobs that have a container.
pub(super) fn requires_container(pod: &Value) -> bool {
    runner_variable(pod, "ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER").as_deref() == Some("true")
}

/// The pod of a job with that container.
pub(super) fn job_pod(
    hands: &Hands<'_>,
    runner: &KubernetesObject,
    pod: &Value,
    container: &Value,
) -> Result<Value, String> {
    let template = template(hands, runner, pod)?;
    let image = text(container, "/image");
    let mut job = json!({
        "name": JOB,
        "image": image,
        "command": ["tail"],
        "args": ["-f", "/dev/null"],
        "workingDir": "/__w",
        "env": [variable("GITHUB_ACTIONS", "true"), variable("CI", "true")],
        "volumeMounts": [
            { "name": "work", "mountPath": "/__w" },
            { "name": "work", "mountPath": "/__e", "subPath": "externals" },
            { "name": "work", "mountPath": "/github/home", "subPath": "_temp/_github_home" },
            { "name": "work", "mountPath": "/github/workflow", "subPath": "_temp/_github_workflow" },
        ],
    });
    let own = container.get("env").and_then(Value::as_object);
    let own = own.into_iter().flatten().map(|(name, value)| {
        let told = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        variable(name, &told)
    });
    append(&mut job, "env", own);
    let mut spec = json!({
        "restartPolicy": "Never",
        "securityContext": { "fsGroup": 1001 },
        "volumes": [work_volume(pod, &runner.name)],
    });
    let mut containers = vec![job];
    if let Some(template) = &template {
        extend(&mut spec, &mut containers, template);
    }
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("containers".to_owned(), Value::Array(containers));
    }
    let map = |pointer: &str| {
        let found = template
            .as_ref()
            .and_then(|template| template.pointer(pointer));
        found.cloned().unwrap_or_else(|| json!({}))
    };
    let mut labels = map("/metadata/labels");
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("runner-pod".to_owned(), json!(runner.name));
    }
    Ok(json!({
        "metadata": {
            "name": job_pod_name(&runner.name),
            "labels": labels,
            "annotations": map("/metadata/annotations"),
        },
        "spec": spec,
    }))
}

/// The name of a runner's job pod.
pub(super) fn job_pod_name(runner: &str) -> String {
    let kept: String = runner.chars().take(63 - SUFFIX.len()).collect();
    format!("{kept}{SUFFIX}")
}

/// What the template says takes the place of what the hook says, but for the job's container, to
/// which it adds.
fn extend(spec: &mut Value, containers: &mut Vec<Value>, template: &Value) {
    let own = template.get("spec").and_then(Value::as_object);
    let empty = Map::new();
    let own = own.unwrap_or(&empty);
    for (field, value) in own {
        match (field.as_str(), value) {
            ("containers", _) => {}
            ("volumes", Value::Array(more)) => append(spec, "volumes", more.clone()),
            _ => {
                if let Some(spec) = spec.as_object_mut() {
                    spec.insert(field.clone(), value.clone());
                }
            }
        }
    }
    for given in elements(template, "/spec/containers") {
        if text(given, "/name") == JOB_IN_TEMPLATE {
            if let Some(job) = containers.first_mut() {
                merge_container(job, given);
            }
        } else {
            containers.push(given.clone());
        }
    }
}

fn merge_container(job: &mut Value, given: &Value) {
    for (field, value) in given.as_object().into_iter().flatten() {
        match (field.as_str(), value) {
            ("name" | "image" | "command" | "args", _) => {}
            ("env" | "volumeMounts" | "ports" | "envFrom", Value::Array(more)) => {
                append(job, field, more.clone());
            }
            _ => {
                if let Some(job) = job.as_object_mut() {
                    job.insert(field.clone(), value.clone());
                }
            }
        }
    }
}

/// The runner's own working folder where it is a claim, or else an empty one (`kubernetes-novolume`).
fn work_volume(pod: &Value, runner: &str) -> Value {
    let is_claim = elements(pod, "/spec/volumes")
        .any(|volume| text(volume, "/name") == "work" && volume.get("ephemeral").is_some());
    if is_claim {
        let claim = json!({ "claimName": format!("{runner}-work") });
        json!({ "name": "work", "persistentVolumeClaim": claim })
    } else {
        json!({ "name": "work", "emptyDir": {} })
    }
}

/// The hook's template, which stands in a config map that the runner mounts.
fn template(
    hands: &Hands<'_>,
    runner: &KubernetesObject,
    pod: &Value,
) -> Result<Option<Value>, String> {
    let Some(path) = runner_variable(pod, "ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE") else {
        return Ok(None);
    };
    let missing = |why: &str| format!("the hook template `{path}` cannot be read: {why}");
    let mounts = runner_container(pod);
    let mut mounts = mounts.iter().flat_map(|one| elements(one, "/volumeMounts"));
    let (volume, file) = mounts
        .find_map(|mount| {
            let folder = text(mount, "/mountPath").trim_end_matches('/');
            let file = match text(mount, "/subPath") {
                "" => path.strip_prefix(folder)?.strip_prefix('/')?.to_owned(),
                file if folder == path => file.to_owned(),
                _ => return None,
            };
            Some((text(mount, "/name").to_owned(), file))
        })
        .ok_or_else(|| missing("the runner mounts no volume there"))?;
    let volumes = elements(pod, "/spec/volumes");
    let map = volumes
        .filter(|one| text(one, "/name") == volume)
        .map(|one| text(one, "/configMap/name"))
        .next()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| missing("the volume is no config map"))?;
    let map = hands
        .find(CONFIG_MAP, &runner.namespace, map)
        .ok_or_else(|| missing("there is no such config map"))?
        .body();
    let data: BTreeMap<String, String> = super::super::objects::strings(&map, "/data");
    let yaml = data
        .get(&file)
        .ok_or_else(|| missing("the config map has no such file"))?;
    let template = serde_saphyr::from_str::<Value>(yaml)
        .map_err(|error| missing(error.to_string().lines().next().unwrap_or_default()))?;
    Ok(Some(template))
}

fn runner_container(pod: &Value) -> Option<&Value> {
    elements(pod, "/spec/containers").find(|one| text(one, "/name") == RUNNER_CONTAINER)
}

fn runner_variable(pod: &Value, name: &str) -> Option<String> {
    let container = runner_container(pod)?;
    let found = elements(container, "/env").find(|one| text(one, "/name") == name)?;
    Some(text(found, "/value").to_owned())
}

const CONFIG_MAP: Kind = Kind {
    plural: "configmaps",
    name: "ConfigMap",
    ..POD
};
const JOB: &str = "job";
const JOB_IN_TEMPLATE: &str = "$job";
const SUFFIX: &str = "-workflow";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_with_a_security_context_takes_the_hooks_away() {
        let extended = |template: Value| {
            let mut spec = json!({ "securityContext": { "fsGroup": 1001 }, "volumes": [] });
            let mut containers = vec![json!({ "name": "job", "image": "i", "env": [] })];
            extend(&mut spec, &mut containers, &template);
            spec["containers"] = json!(containers);
            spec
        };
        let spec = extended(json!({ "spec": {
            "serviceAccountName": "jobs",
            "securityContext": { "runAsUser": 1000 },
            "containers": [
                { "name": "$job", "env": [{ "name": "A", "value": "1" }], "image": "ignored" },
                { "name": "side", "image": "s" },
            ],
        } }));
        assert_eq!(spec["securityContext"], json!({ "runAsUser": 1000 }));
        assert_eq!(spec["serviceAccountName"], "jobs");
        assert_eq!(spec["containers"][0]["image"], "i");
        assert_eq!(spec["containers"][0]["env"][0]["name"], "A");
        assert_eq!(spec["containers"][1]["name"], "side");
        let plain = extended(json!({ "metadata": {} }));
        assert_eq!(plain["securityContext"]["fsGroup"], 1001);
        assert_eq!(job_pod_name(&"r".repeat(70)).len(), 63);
    }
}
