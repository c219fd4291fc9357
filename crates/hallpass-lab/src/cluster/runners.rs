//! Runner objects become runner pods, as actions-runner-controller makes them.
//!
//! The controller's own middle objects (replica sets, ephemeral runners) are left out: a pod's owner
//! is the object that its user wrote. Settling is level-triggered: it looks at what is there and at
//! what is wanted, and doing it twice does nothing more.
//! Source: actions-runner-controller, June 2026, `controllers/` of both API groups.

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_inject::RunnerKind;
use serde_json::{Map, Value, json};

use super::change::{Place, set};
use super::names;
use super::objects::{self, elements, strings, text};
use super::operate::{Course, Operation, Payload};
use super::request::{Target, Verb};
use crate::events::DecisionRecord;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// Brings the runner objects that were touched to the pods that they ask for.
pub(super) async fn settle(world: &Arc<World>, course: &mut Course) {
    let owners = touched(world, course);
    if owners.is_empty() {
        return;
    }
    let _turn = world.cluster.settling.lock().await;
    for (group, resource, namespace, name) in owners {
        let place = Place {
            group: &group,
            resource: &resource,
            namespace: &namespace,
            name: &name,
        };
        let owner = world.store.read(|state| place.in_state(state));
        let Some(owner) = owner.filter(|owner| !owner.head.is_terminating) else {
            continue;
        };
        if let Some(wanted) = Wanted::of(&owner.body()) {
            settle_one(world, course, &owner, &wanted).await;
        }
    }
}

/// Where a service account has come, pods that were refused for want of it are tried again.
fn touched(world: &World, course: &mut Course) -> BTreeSet<(String, String, String, String)> {
    let mut owners = std::mem::take(&mut course.touched.runners);
    world.store.read(|state| {
        for namespace in &course.touched.accounts {
            for (group, resource) in RUNNERS {
                let all = objects::list(state, group, resource, namespace);
                owners.extend(all.map(|owner| {
                    let KubernetesObject {
                        group,
                        resource,
                        namespace,
                        name,
                        ..
                    } = &**owner;
                    (
                        group.clone(),
                        resource.clone(),
                        namespace.clone(),
                        name.clone(),
                    )
                }));
            }
        }
    });
    owners
}

async fn settle_one(
    world: &Arc<World>,
    course: &mut Course,
    owner: &KubernetesObject,
    wanted: &Wanted,
) {
    let pods: Vec<Arc<KubernetesObject>> = world.store.read(|state| {
        let keys = state.owners.dependents(&owner.head.uid);
        keys.filter_map(|key| state.objects.get(key))
            .filter(|pod| pod.resource == "pods" && !pod.head.is_terminating)
            .cloned()
            .collect()
    });
    let (fresh, stale): (Vec<_>, Vec<_>) = pods
        .into_iter()
        .partition(|pod| hash_of(&pod.body()) == wanted.hash);
    for pod in stale.iter().chain(fresh.iter().skip(wanted.count)) {
        let target = Target::core("pods", &pod.namespace, Some(&pod.name));
        // One that is gone already is none too many.
        let _ = Operation::own(Verb::Delete, target, Payload::Nothing)
            .delete(world, course)
            .await;
    }
    for _ in fresh.len()..wanted.count {
        let name = if wanted.is_named_as_owner {
            owner.name.clone()
        } else {
            names::generate(&format!("{}-", owner.name), &*world.chance)
        };
        let pod = wanted.pod(&owner.body(), &name);
        let target = Target::core("pods", &owner.namespace, None);
        let made = Operation::own(Verb::Create, target, Payload::Object(pod))
            .create(world, course)
            .await;
        // A pod that the cluster does not take (no such service account, say) is tried again when an
        // account in its namespace has changed, as the controller would in time.
        if let Err(status) = made {
            course.notes.decisions.push(DecisionRecord {
                action: "create".to_owned(),
                resource: format!("pods/{}/{name}", owner.namespace),
                decision: "ExplicitDeny",
                summary: status.message,
                explanation: json!([]),
            });
            break;
        }
    }
}

/// What a runner object asks for.
struct Wanted {
    kind: RunnerKind,
    count: usize,
    is_named_as_owner: bool,
    template: Value,
    hash: String,
}

impl Wanted {
    fn of(owner: &Value) -> Option<Self> {
        let kind = RunnerKind::of(owner)?;
        let number = |pointer: &str| {
            let number = owner.pointer(pointer).and_then(Value::as_i64)?;
            Some(u64::try_from(number).unwrap_or_default())
        };
        let count = match kind {
            RunnerKind::EphemeralRunner | RunnerKind::Runner => 1,
            // A scale set without jobs keeps `minRunners`, and none by default.
            RunnerKind::AutoscalingRunnerSet => number("/spec/minRunners").unwrap_or(0),
            RunnerKind::RunnerDeployment | RunnerKind::RunnerReplicaSet | RunnerKind::RunnerSet => {
                number("/spec/replicas").unwrap_or(1)
            }
        };
        let is_named_as_owner = matches!(kind, RunnerKind::EphemeralRunner | RunnerKind::Runner);
        let template = match kind {
            RunnerKind::EphemeralRunner => owner.get("spec").cloned(),
            RunnerKind::Runner => Some(json!({
                "metadata": { "labels": strings(owner, "/metadata/labels") },
                "spec": owner.get("spec"),
            })),
            RunnerKind::AutoscalingRunnerSet
            | RunnerKind::RunnerDeployment
            | RunnerKind::RunnerReplicaSet
            | RunnerKind::RunnerSet => owner.pointer("/spec/template").cloned(),
        }?;
        let outer = owner
            .pointer("/spec/serviceAccountName")
            .unwrap_or(&Value::Null);
        let hash = digest(&format!("{template}{outer}"));
        Some(Self {
            kind,
            count: usize::try_from(count).unwrap_or(MAX_PODS).min(MAX_PODS),
            is_named_as_owner,
            template,
            hash,
        })
    }

    /// A pod of these.
    fn pod(&self, owner: &Value, name: &str) -> Value {
        let is_legacy = matches!(
            self.kind,
            RunnerKind::Runner | RunnerKind::RunnerDeployment | RunnerKind::RunnerReplicaSet
        );
        let empty = json!({});
        let spec = self.template.get("spec").unwrap_or(&empty);
        let mut spec = if is_legacy {
            legacy_pod(spec, name)
        } else {
            spec.clone()
        };
        // The outer name counts in kubernetes mode only.
        let outer = text(owner, "/spec/serviceAccountName");
        if self.kind == RunnerKind::RunnerSet
            && text(owner, "/spec/containerMode") == "kubernetes"
            && !outer.is_empty()
            && let Some(fields) = spec.as_object_mut()
        {
            fields.insert("serviceAccountName".to_owned(), json!(outer));
        }
        let mut labels = strings(&self.template, "/metadata/labels");
        let owner_name = text(owner, "/metadata/name");
        let own: &[(&str, &str)] = match self.kind {
            RunnerKind::AutoscalingRunnerSet | RunnerKind::EphemeralRunner => &[
                ("actions-ephemeral-runner", "True"),
                ("app.kubernetes.io/component", "runner"),
                ("actions.github.com/scale-set-name", owner_name),
            ],
            RunnerKind::RunnerDeployment => &[
                ("actions-runner", ""),
                ("runner-deployment-name", owner_name),
            ],
            RunnerKind::Runner | RunnerKind::RunnerReplicaSet | RunnerKind::RunnerSet => {
                &[("actions-runner", "")]
            }
        };
        labels.extend(
            own.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        labels.insert(HASH_LABEL.to_owned(), self.hash.clone());
        let mut pod = json!({
            "metadata": {
                "name": name,
                "labels": labels,
                "ownerReferences": [{
                    "apiVersion": text(owner, "/apiVersion"),
                    "kind": text(owner, "/kind"),
                    "name": owner_name,
                    "uid": text(owner, "/metadata/uid"),
                    "controller": true,
                    "blockOwnerDeletion": true,
                }],
            },
            "spec": spec,
        });
        if let Some(annotations) = self.template.pointer("/metadata/annotations") {
            set(&mut pod, "annotations", annotations.clone());
        }
        pod
    }
}

/// The pod of a legacy runner, whose fields stand beside the repository's.
fn legacy_pod(runner: &Value, name: &str) -> Value {
    let mut spec: Map<String, Value> = POD_FIELDS
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), runner.get(*field)?.clone())))
        .collect();
    let mut containers: Vec<Value> = elements(runner, "/containers").cloned().collect();
    if !containers.iter().any(|one| text(one, "/name") == RUNNER) {
        containers.insert(0, json!({ "name": RUNNER }));
    }
    let has_docker = containers.iter().any(|one| text(one, "/name") == DOCKER);
    for container in &mut containers {
        if text(container, "/name") == RUNNER {
            complete_runner(container, runner, name);
        }
    }
    let is = |field: &str, default: bool| {
        runner
            .get(field)
            .and_then(Value::as_bool)
            .unwrap_or(default)
    };
    let wants_docker = is("dockerEnabled", true) && !is("dockerdWithinRunnerContainer", false);
    if wants_docker && !has_docker {
        let image = match text(runner, "/dockerImage") {
            "" => "docker:dind",
            image => image,
        };
        containers.push(json!({
            "name": DOCKER,
            "image": image,
            "env": elements(runner, "/dockerEnv").collect::<Vec<_>>(),
            "securityContext": { "privileged": true },
        }));
    }
    spec.insert("containers".to_owned(), Value::Array(containers));
    spec.entry("restartPolicy").or_insert(json!("Never"));
    Value::Object(spec)
}

fn complete_runner(container: &mut Value, runner: &Value, name: &str) {
    let image = match text(runner, "/image") {
        "" => "summerwind/actions-runner:latest",
        image => image,
    };
    let labels: Vec<_> = elements(runner, "/labels")
        .filter_map(Value::as_str)
        .collect();
    let mut variables: Vec<Value> = elements(container, "/env")
        .chain(elements(runner, "/env"))
        .cloned()
        .collect();
    for (variable, value) in [
        ("RUNNER_ORG", text(runner, "/organization")),
        ("RUNNER_REPO", text(runner, "/repository")),
        ("RUNNER_ENTERPRISE", text(runner, "/enterprise")),
        ("RUNNER_LABELS", &labels.join(",")),
        ("RUNNER_GROUP", text(runner, "/group")),
        ("RUNNER_NAME", name),
    ] {
        variables.push(json!({ "name": variable, "value": value }));
    }
    let mounts: Vec<Value> = elements(container, "/volumeMounts")
        .chain(elements(runner, "/volumeMounts"))
        .cloned()
        .collect();
    if let Some(fields) = container.as_object_mut() {
        fields.entry("image").or_insert(json!(image));
        fields.insert("env".to_owned(), Value::Array(variables));
        if !mounts.is_empty() {
            fields.insert("volumeMounts".to_owned(), Value::Array(mounts));
        }
        if let Some(resources) = runner.get("resources") {
            fields.entry("resources").or_insert(resources.clone());
        }
    }
}

fn hash_of(pod: &Value) -> &str {
    pod.pointer("/metadata/labels")
        .and_then(|labels| labels.get(HASH_LABEL))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Tells templates apart.
fn digest(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut text = hex::encode(digest.as_ref());
    text.truncate(10);
    text
}

/// The group and the plural name of each kind that becomes pods.
const RUNNERS: &[(&str, &str)] = &[
    ("actions.github.com", "autoscalingrunnersets"),
    ("actions.github.com", "ephemeralrunners"),
    ("actions.summerwind.dev", "runnerdeployments"),
    ("actions.summerwind.dev", "runnerreplicasets"),
    ("actions.summerwind.dev", "runners"),
    ("actions.summerwind.dev", "runnersets"),
];

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

const RUNNER: &str = "runner";
const DOCKER: &str = "docker";
const HASH_LABEL: &str = "runner-template-hash";
// As many as a kubelet runs by default.
const MAX_PODS: usize = 110;
