//! What a pod gets at its creation: an account, the webhook's patch, defaults, a node, and a state.
//!
//! The webhook runs as on EKS: on CREATE alone, with the service account as it is at that moment.
//! Source: Kubernetes documentation, "Configure Service Accounts for Pods" (the `ServiceAccount`
//! admission controller), "Pods" (pod update and replacement).

use hallpass_inject::{
    Admission, ContainerCredentials, Injection, LeftAlone, Outcome, Settings, inject,
};
use hallpass_types::ServiceAccountName;
use serde_json::{Value, json};

use super::change::{DEFAULT_ACCOUNT, Scene};
use super::objects::{self, strings, text};
use super::status::{Cause, Status};
use super::validate;
use crate::aws::eks::associated_accounts;
use crate::events::DecisionRecord;
use crate::store::State;
use crate::world::World;

/// Gives a pod its account, and what the webhook adds; tells what the webhook did.
pub(super) fn admit(
    state: &State,
    scene: &Scene<'_>,
    pod: &mut Value,
) -> Result<DecisionRecord, Status> {
    let name = text(pod, "/metadata/name").to_owned();
    let namespace = text(pod, "/metadata/namespace").to_owned();
    validate::pod_shape(pod)?;
    let account = complete_account(state, pod, &namespace, &name)?;
    let injection = injection(state, scene, pod, &account)?;
    if let Outcome::Patched(patch) = &injection.outcome {
        patch
            .apply(pod)
            .map_err(|error| Status::bad_request(error.to_string()))?;
    }
    Ok(note(&injection, &namespace, &name))
}

/// Refuses an update that changes what a running pod cannot.
pub(super) fn check_update(old: &Value, pod: &Value) -> Result<(), Status> {
    if without_images(old) != without_images(pod) {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        let causes = [Cause::forbidden("spec", why)];
        let name = text(old, "/metadata/name");
        return Err(Status::invalid("", "Pod", name, &causes));
    }
    Ok(())
}

fn without_images(pod: &Value) -> Value {
    let mut spec = pod.get("spec").cloned().unwrap_or_default();
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            if let Some(fields) = container.as_object_mut() {
                fields.insert("image".to_owned(), Value::Null);
            }
        }
    }
    spec
}

/// The service account that the pod runs as; it must be there.
fn complete_account(
    state: &State,
    pod: &mut Value,
    namespace: &str,
    name: &str,
) -> Result<ServiceAccountName, Status> {
    let spec = pod
        .get_mut("spec")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| {
            let causes = [Cause::required("spec.containers", "")];
            Status::invalid("", "Pod", name, &causes)
        })?;
    let given = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|field| {
            let name = spec.get(*field)?.as_str()?;
            (!name.is_empty()).then(|| name.to_owned())
        });
    let given = given.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    let missing = || {
        let why = format!(
            "error looking up service account {namespace}/{given}: serviceaccount \"{given}\" not found"
        );
        Status::forbidden("pods", name, &why)
    };
    let account = ServiceAccountName::new(namespace, &given).map_err(|_| missing())?;
    objects::account(state, &account).ok_or_else(missing)?;
    // The API keeps the old name of the field beside the present one.
    for field in ["serviceAccountName", "serviceAccount"] {
        spec.insert(field.to_owned(), json!(given));
    }
    Ok(account)
}

fn injection(
    state: &State,
    scene: &Scene<'_>,
    pod: &Value,
    account: &ServiceAccountName,
) -> Result<Injection, Status> {
    let settings = Settings {
        // EKS sets up its webhook so (EKS User Guide, "Configure the AWS Security Token Service
        // endpoint for a service account").
        regional_sts: true,
        region: Some(scene.identity.region.to_string()),
        // EKS keeps the list of its webhook in step with the associations.
        container_credentials: Some(ContainerCredentials::of_eks(associated_accounts(state))),
        ..Settings::default()
    };
    let annotations = objects::account(state, account)
        .map(|object| strings(&object.body(), "/metadata/annotations"));
    let labels = objects::get(state, "", "namespaces", "", account.namespace())
        .map(|object| strings(&object.body(), "/metadata/labels"))
        .unwrap_or_default();
    let admission = Admission {
        pod,
        account,
        account_annotations: annotations.as_ref(),
        namespace_labels: &labels,
    };
    inject(&admission, &settings, scene.chance).map_err(|error| {
        Status::bad_request(format!(
            "Pod in version \"v1\" cannot be handled as a Pod: {error}"
        ))
    })
}

/// Defaults, a node, and the state of a pod that runs.
pub(super) fn complete(world: &World, pod: &mut Value) {
    let node = world
        .store
        .read(|state| objects::list(state, "", "nodes", "").next().cloned());
    let node_name = node.as_ref().map_or("", |node| node.name.as_str());
    let about = node.as_ref().map(|node| node.body()).unwrap_or_default();
    let host = objects::elements(&about, "/status/addresses")
        .find(|address| text(address, "/type") == "InternalIP")
        .map_or("", |address| text(address, "/address"));
    let mut octets = [0; 2];
    world.chance.fill(&mut octets);
    let [third, fourth] = octets;
    let since = objects::time(world.now());
    let conditions: Vec<_> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
        .iter()
        .map(|kind| json!({ "type": kind, "status": "True", "lastTransitionTime": since }))
        .collect();
    let containers: Vec<_> = objects::elements(pod, "/spec/containers")
        .map(|container| {
            json!({
                "name": text(container, "/name"),
                "image": text(container, "/image"),
                // Clients that are generated from the API's description require it; nothing is pulled.
                "imageID": "",
                "ready": true,
                "started": true,
                "restartCount": 0,
                "state": { "running": { "startedAt": since } },
            })
        })
        .collect();
    let status = json!({
        "phase": "Running",
        "conditions": conditions,
        "hostIP": host,
        "podIP": format!("10.0.{third}.{fourth}"),
        "startTime": since,
        "containerStatuses": containers,
    });
    if let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) {
        for (field, value) in [
            ("restartPolicy", json!("Always")),
            ("terminationGracePeriodSeconds", json!(30)),
            ("dnsPolicy", json!("ClusterFirst")),
            ("schedulerName", json!("default-scheduler")),
            ("securityContext", json!({})),
            ("nodeName", json!(node_name)),
        ] {
            spec.entry(field).or_insert(value);
        }
    }
    if let Some(fields) = pod.as_object_mut() {
        fields.insert("status".to_owned(), status);
    }
}

/// What the webhook did, as the event log tells it: on EKS nobody sees this.
fn note(injection: &Injection, namespace: &str, name: &str) -> DecisionRecord {
    let summary = match &injection.outcome {
        Outcome::Patched(_) => "the pod identity webhook injected the pod",
        Outcome::Left(LeftAlone::AllPresent) => "left as it is: all is there already",
        Outcome::Left(LeftAlone::NoAccount) => "left as it is: there is no such service account",
        Outcome::Left(LeftAlone::NoRole) => "left as it is: its service account names no role",
        Outcome::Left(LeftAlone::SkippedByNamespace) => {
            "left as it is: its namespace has the label that keeps the webhook off"
        }
        Outcome::Left(LeftAlone::SkippedByPod) => {
            "left as it is: it has the label that keeps the webhook off"
        }
    };
    let warnings: Vec<_> = injection.warnings.iter().map(ToString::to_string).collect();
    DecisionRecord {
        action: "mutate".to_owned(),
        resource: format!("pods/{namespace}/{name}"),
        decision: "Allow",
        summary: std::iter::once(summary.to_owned())
            .chain(warnings.iter().cloned())
            .collect::<Vec<_>>()
            .join("; "),
        explanation: match &injection.outcome {
            Outcome::Patched(patch) => json!({ "patch": patch.to_json(), "warnings": warnings }),
            Outcome::Left(_) => json!({ "patch": [], "warnings": warnings }),
        },
    }
}
