//! A pod's cells: how many of its containers are ready, and what has become of it.
//!
//! Source: k8s.io/kubernetes, `pkg/printers/internalversion` (`printPod`).

use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::super::objects::{elements, text};
use super::age::age;

/// `1/2`.
pub(super) fn ready(pod: &Value, _now: Timestamp) -> Value {
    let total = elements(pod, "/spec/containers").count() + sidecars(pod).count();
    let is_ready = |status: &&Value| status.get("ready").and_then(Value::as_bool) == Some(true);
    let of_sidecars = elements(pod, "/status/initContainerStatuses")
        .filter(is_ready)
        .filter(|status| sidecars(pod).any(|name| name == text(status, "/name")));
    let ready = elements(pod, "/status/containerStatuses")
        .filter(is_ready)
        .count()
        + of_sidecars.count();
    json!(format!("{ready}/{total}"))
}

/// `Running`, `Completed`, `CrashLoopBackOff`, `Terminating`.
pub(super) fn status(pod: &Value, _now: Timestamp) -> Value {
    let mut shown = text(pod, "/status/phase").to_owned();
    let reason = text(pod, "/status/reason");
    if !reason.is_empty() {
        reason.clone_into(&mut shown);
    }
    let mut is_any_running = false;
    for container in elements(pod, "/status/containerStatuses") {
        let waiting = text(container, "/state/waiting/reason");
        let ended = text(container, "/state/terminated/reason");
        if !waiting.is_empty() {
            waiting.clone_into(&mut shown);
        } else if !ended.is_empty() {
            ended.clone_into(&mut shown);
        } else if let Some(code) = container.pointer("/state/terminated/exitCode") {
            shown = format!("ExitCode:{code}");
        } else if container.pointer("/state/running").is_some() {
            is_any_running = true;
        }
    }
    if shown == "Completed" && is_any_running {
        "Running".clone_into(&mut shown);
    }
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        "Terminating".clone_into(&mut shown);
    }
    json!(shown)
}

/// How often its containers were started again, and when last.
pub(super) fn restarts(pod: &Value, now: Timestamp) -> Value {
    let containers = || elements(pod, "/status/containerStatuses");
    let count: i64 = containers()
        .filter_map(|container| container.get("restartCount").and_then(Value::as_i64))
        .fold(0, i64::saturating_add);
    let last = containers()
        .map(|container| text(container, "/lastState/terminated/finishedAt"))
        .max()
        .unwrap_or_default();
    if count > 0 && !last.is_empty() {
        json!(format!("{count} ({} ago)", age(last, now)))
    } else {
        json!(count.to_string())
    }
}

/// Init containers that go on running.
fn sidecars(pod: &Value) -> impl Iterator<Item = &str> {
    elements(pod, "/spec/initContainers")
        .filter(|container| text(container, "/restartPolicy") == "Always")
        .map(|container| text(container, "/name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_shown_as_kubectl_shows_it() {
        let now = Timestamp::from_second(1_750_000_000).unwrap();
        let running = json!({
            "spec": {
                "containers": [{ "name": "a" }, { "name": "b" }],
                "initContainers": [{ "name": "dind", "restartPolicy": "Always" }, { "name": "i" }],
            },
            "status": {
                "phase": "Running",
                "initContainerStatuses": [{ "name": "dind", "ready": true }, { "name": "i", "ready": true }],
                "containerStatuses": [
                    { "name": "a", "ready": true, "restartCount": 2, "state": { "running": {} },
                      "lastState": { "terminated": { "finishedAt": "2025-06-15T15:05:40Z" } } },
                    { "name": "b", "ready": false, "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
                ],
            },
        });
        assert_eq!(ready(&running, now), "2/3");
        assert_eq!(status(&running, now), "CrashLoopBackOff");
        assert_eq!(restarts(&running, now), "2 (60s ago)");
        let failed = json!({ "status": { "phase": "Failed", "reason": "Evicted" } });
        assert_eq!(status(&failed, now), "Evicted");
        let going =
            json!({ "metadata": { "deletionTimestamp": "x" }, "status": { "phase": "Running" } });
        assert_eq!(status(&going, now), "Terminating");
    }
}
