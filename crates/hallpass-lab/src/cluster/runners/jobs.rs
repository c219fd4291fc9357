//! Jobs for runners: one that is idle gets the job, and when the job ends another takes its place.
//!
//! In life GitHub hands a job to a runner that has registered, and the controller learns of it from its
//! listener or from GitHub's API. Here whoever runs the job asks for a runner by the control interface.

use std::sync::Arc;

use hallpass_types::ServiceAccountName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::access::Caller;
use super::super::objects::{self, text};
use super::super::operate::Course;
use super::super::rbac::{self, Attributes, What};
use super::super::volumes;
use super::hands::Hands;
use super::kind::{
    AUTOSCALING_RUNNER_SET, EPHEMERAL_RUNNER, EPHEMERAL_RUNNER_SET, Kind, POD, RUNNER,
    RUNNER_DEPLOYMENT, RUNNER_REPLICA_SET,
};
use super::{ephemeral, hook, legacy, legacy_pod};
use crate::store::records::KubernetesObject;
use crate::world::World;

/// A job that wants a runner.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JobWish {
    /// The namespace.
    namespace: String,
    /// The scale set, deployment, replica set or runner.
    runner: String,
    /// The repository, `OWNER/NAME`.
    repository: String,
    /// The workflow's file at its ref.
    #[serde(default)]
    workflow_ref: String,
    /// The run's ID.
    #[serde(default)]
    run_id: u64,
    /// The job's ID.
    #[serde(default)]
    job_id: u64,
    /// The job's name.
    #[serde(default)]
    job: String,
    /// The job's container: `image`, `env`.
    container: Option<Value>,
}

/// A job that has ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JobEnd {
    /// The namespace.
    namespace: String,
    /// The runner that had it.
    runner: String,
}

/// Gives a job to an idle runner; the error says in words why there is none.
pub(crate) async fn assign_job(world: &Arc<World>, wish: &JobWish) -> Result<Value, String> {
    let mut course = Course::new(false);
    let outcome = {
        let _turn = world.cluster.settling.lock().await;
        let mut hands = Hands {
            world,
            course: &mut course,
            waiting: None,
        };
        let outcome = assign(&mut hands, wish).await;
        hands.waiting = None;
        hands.settle().await;
        outcome
    };
    volumes::follow(world, std::mem::take(&mut course.touched)).await;
    let (mut answer, pod) = outcome?;
    let environment = super::super::pod_environment(world, &wish.namespace, &pod);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("environment".to_owned(), json!(environment));
    }
    Ok(answer)
}

/// Ends the job of a runner: an ephemeral one goes, and another comes.
pub(crate) async fn finish_job(world: &Arc<World>, end: &JobEnd) -> Result<Value, String> {
    let mut course = Course::new(false);
    let outcome = {
        let _turn = world.cluster.settling.lock().await;
        let mut hands = Hands {
            world,
            course: &mut course,
            waiting: None,
        };
        let outcome = finish(&mut hands, end).await;
        hands.settle().await;
        outcome
    };
    volumes::follow(world, std::mem::take(&mut course.touched)).await;
    outcome.map(|()| json!({ "runner": end.runner, "finished": true }))
}

async fn assign(hands: &mut Hands<'_>, wish: &JobWish) -> Result<(Value, String), String> {
    let namespace = &wish.namespace;
    let found = SOURCES
        .iter()
        .find_map(|kind| Some((*kind, hands.find(*kind, namespace, &wish.runner)?)));
    let Some((source, object)) = found else {
        return Err(format!(
            "there is no scale set, deployment, replica set or runner `{}` in namespace `{namespace}`",
            wish.runner
        ));
    };
    let mut idle = idle(hands, source, &object);
    if idle.is_none() && source == AUTOSCALING_RUNNER_SET {
        // The listener hears of the job, and asks for one runner more.
        hands.waiting = Some((namespace.clone(), object.name.clone()));
        hands.touch(source, namespace, &object.name);
        hands.settle().await;
        idle = self::idle(hands, source, &object);
    }
    let Some((kind, runner)) = idle else {
        return Err(format!(
            "no runner of `{}` in namespace `{namespace}` is idle and has its pod",
            wish.runner
        ));
    };
    let pod = hands.pod(&runner).map(|pod| pod.body).unwrap_or_default();
    if wish.container.is_none() && hook::requires_container(&pod) {
        return Err(format!(
            "runner `{}` takes only jobs with a `container` (`ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER`)",
            runner.name
        ));
    }
    let job_pod = match &wish.container {
        Some(container) if hook::has_hook(&pod) => {
            Some(make_job_pod(hands, &runner, &pod, container).await?)
        }
        _ => None,
    };
    hands.tell(&runner, kind, status(kind, wish)).await;
    let account = |pod: &Value| text(pod, "/spec/serviceAccountName").to_owned();
    let job_account = job_pod.as_ref().map(&account);
    let name = job_pod
        .as_ref()
        .map(|pod| text(pod, "/metadata/name").to_owned());
    let answer = json!({
        "namespace": namespace,
        "kind": kind.name,
        "runner": runner.name,
        "pod": runner.name,
        "serviceAccount": account(&pod),
        "jobPod": name,
        "jobServiceAccount": job_account,
    });
    // Steps run in the job's pod where there is one.
    let steps_in = name.unwrap_or_else(|| runner.name.clone());
    Ok((answer, steps_in))
}

/// An idle runner of `object` that has its pod.
fn idle(
    hands: &Hands<'_>,
    source: Kind,
    object: &Arc<KubernetesObject>,
) -> Option<(Kind, Arc<KubernetesObject>)> {
    let below = |kind| -> Vec<Arc<KubernetesObject>> {
        let owned = hands.owned(object, kind);
        owned.into_iter().map(|owned| owned.object).collect()
    };
    let (kind, runners): (Kind, Vec<Arc<KubernetesObject>>) = match source {
        AUTOSCALING_RUNNER_SET => {
            // The newest set is the present one.
            let set = below(EPHEMERAL_RUNNER_SET).pop()?;
            let runners = hands.owned(&set, EPHEMERAL_RUNNER);
            let runners = runners.into_iter().map(|owned| owned.object);
            (EPHEMERAL_RUNNER, runners.collect())
        }
        RUNNER_DEPLOYMENT => {
            let set = below(RUNNER_REPLICA_SET).pop()?;
            let runners = hands.owned(&set, RUNNER);
            let runners = runners.into_iter().map(|owned| owned.object);
            (RUNNER, runners.collect())
        }
        RUNNER_REPLICA_SET => (RUNNER, below(RUNNER)),
        kind => (kind, vec![Arc::clone(object)]),
    };
    let is_idle = |runner: &Arc<KubernetesObject>| {
        let body = runner.body();
        let has_job = if kind == RUNNER {
            legacy::has_job(&body)
        } else {
            ephemeral::has_job(&body)
        };
        !has_job && hands.pod(runner).is_some()
    };
    let runner = runners.into_iter().find(is_idle)?;
    Some((kind, runner))
}

/// What the status of a runner says of its job.
fn status(kind: Kind, wish: &JobWish) -> Value {
    if kind == RUNNER {
        let (owner, name) = wish.repository.split_once('/').unwrap_or_default();
        let run = if wish.run_id == 0 { 1 } else { wish.run_id };
        return json!({ "workflow": {
            "name": wish.workflow_ref,
            "repository": name,
            "repositoryOwner": owner,
            "runNumber": "1",
            "runID": run.to_string(),
            "job": wish.job,
            "action": "",
        } });
    }
    json!({
        "phase": "Running",
        "jobRequestId": wish.job_id,
        "jobId": wish.job_id.to_string(),
        "jobRepositoryName": wish.repository,
        "jobWorkflowRef": wish.workflow_ref,
        "workflowRunId": wish.run_id,
        "jobDisplayName": wish.job,
    })
}

/// The hook makes the job's pod with the runner's own rights.
async fn make_job_pod(
    hands: &mut Hands<'_>,
    runner: &KubernetesObject,
    pod: &Value,
    container: &Value,
) -> Result<Value, String> {
    let namespace = &runner.namespace;
    let account = text(pod, "/spec/serviceAccountName");
    let account = ServiceAccountName::new(namespace, account).map_err(|error| error.to_string())?;
    let wanted = Attributes {
        verb: "create".to_owned(),
        what: What::Resource {
            group: String::new(),
            resource: "pods".to_owned(),
            subresource: String::new(),
            namespace: namespace.clone(),
            name: String::new(),
        },
    };
    let ruling = hands.world.store.read(|state| {
        let uid = objects::account(state, &account).map(|object| object.head.uid.clone());
        let caller = Caller::account(&account, &uid.unwrap_or_default());
        rbac::decide(state, &caller, &wanted)
    });
    if !ruling.is_allowed {
        return Err(format!(
            "the container hook of runner `{}` may not create pods in namespace `{namespace}`: give its service account `{}` a role for pods, pods/exec, pods/log, jobs and secrets",
            runner.name,
            account.name()
        ));
    }
    // One that an earlier job left behind is in the way.
    let name = hook::job_pod_name(&runner.name);
    if let Some(left) = hands.find(POD, namespace, &name) {
        hands.delete(POD, &left).await;
    }
    let wanted = hook::job_pod(hands, runner, pod, container)?;
    hands.create(POD, namespace, wanted).await.ok_or_else(|| {
        let notes = hands.course.notes.decisions.last();
        let why = notes.map_or("", |note| note.summary.as_str());
        format!("the job's pod `{name}` was not taken: {why}")
    })
}

async fn finish(hands: &mut Hands<'_>, end: &JobEnd) -> Result<(), String> {
    let namespace = &end.namespace;
    let found = [EPHEMERAL_RUNNER, RUNNER]
        .iter()
        .find_map(|kind| Some((*kind, hands.find(*kind, namespace, &end.runner)?)));
    let Some((kind, runner)) = found else {
        return Err(format!(
            "there is no runner `{}` in namespace `{namespace}`",
            end.runner
        ));
    };
    if let Some(pod) = hands.find(POD, namespace, &hook::job_pod_name(&runner.name)) {
        hands.delete(POD, &pod).await;
    }
    let body = runner.body();
    if kind == EPHEMERAL_RUNNER {
        let done = json!({ "phase": "Succeeded", "ready": false });
        hands.tell(&runner, kind, done).await;
    } else if legacy_pod::is_ephemeral(body.get("spec").unwrap_or(&Value::Null)) {
        hands.delete(kind, &runner).await;
    } else {
        hands.tell(&runner, kind, json!({ "workflow": null })).await;
    }
    Ok(())
}

/// What a job may be sent to, in the order in which a name is looked up.
const SOURCES: &[Kind] = &[
    AUTOSCALING_RUNNER_SET,
    RUNNER_DEPLOYMENT,
    RUNNER_REPLICA_SET,
    RUNNER,
    EPHEMERAL_RUNNER,
];
