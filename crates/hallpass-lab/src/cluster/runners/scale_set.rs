//! `AutoscalingRunnerSet`: a set of ephemeral runners for its present specification, and a listener.
//!
//! The controller deletes a set whose label `app.kubernetes.io/version` is not its own major and minor
//! version. The chart writes the label; in life a manifest without it is deleted, too, where the lab keeps
//! it and says so in the event log, so that what is written by hand can be tried.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::objects::text;
use super::ephemeral::has_job;
use super::hands::{Hands, Owned, controlled_by};
use super::kind::{
    AUTOSCALING_LISTENER, AUTOSCALING_RUNNER_SET, EPHEMERAL_RUNNER, EPHEMERAL_RUNNER_SET,
};
use super::template::{MAX_RUNNERS, count, digest, with};
use crate::store::records::KubernetesObject;

/// Settles a scale set.
pub(super) async fn settle(hands: &mut Hands<'_>, object: &Arc<KubernetesObject>) {
    let set = object.body();
    let version = version_of(&set);
    if version.is_empty() {
        let why = format!("a controller in life deletes a scale set without `{VERSION_LABEL}`");
        hands.note(
            "settle",
            AUTOSCALING_RUNNER_SET,
            &object.namespace,
            &object.name,
            why,
        );
    } else if !is_own_version(version) {
        let why = format!(
            "the controller of version {VERSION} deletes a scale set whose label `{VERSION_LABEL}` is `{version}`"
        );
        hands.note(
            "delete",
            AUTOSCALING_RUNNER_SET,
            &object.namespace,
            &object.name,
            why,
        );
        hands.delete(AUTOSCALING_RUNNER_SET, object).await;
        return;
    }
    let id = scale_set_id(&object.namespace, &object.name);
    let annotation = json!({ "metadata": { "annotations": { ID_ANNOTATION: id.to_string() } } });
    hands
        .merge(object, AUTOSCALING_RUNNER_SET, annotation)
        .await;
    let hash = digest(&json!([
        set.pointer("/spec/template"),
        set.pointer("/spec/githubConfigUrl"),
        set.pointer("/spec/githubConfigSecret"),
    ]));
    let sets = hands.owned(object, EPHEMERAL_RUNNER_SET);
    let (present, old): (Vec<Owned>, Vec<Owned>) = sets
        .into_iter()
        .partition(|owned| text(&owned.body, HASH_POINTER) == hash);
    let Some(present) = present.into_iter().last() else {
        let made = ephemeral_set(&set, id, &hash);
        // Its coming brings this set here again.
        hands
            .create(EPHEMERAL_RUNNER_SET, &object.namespace, made)
            .await;
        return;
    };
    listen(hands, object, &set, &present).await;
    retire(hands, &old).await;
    let status = status(hands, &present, &old);
    hands.tell(object, AUTOSCALING_RUNNER_SET, status).await;
}

/// What the listener does: as many runners as there are jobs and a few idle ones.
async fn listen(hands: &mut Hands<'_>, object: &KubernetesObject, set: &Value, present: &Owned) {
    let least = count(set, "/spec/minRunners").unwrap_or(0);
    let most = count(set, "/spec/maxRunners").unwrap_or(MAX_RUNNERS);
    let runners = hands.owned(&present.object, EPHEMERAL_RUNNER);
    let busy = runners
        .iter()
        .filter(|runner| has_job(&runner.body))
        .count();
    let waits = hands
        .waiting
        .as_ref()
        .is_some_and(|(namespace, name)| *namespace == object.namespace && *name == object.name);
    let wanted = (least + busy + usize::from(waits)).min(most);
    let held = present
        .body
        .pointer("/spec/replicas")
        .and_then(Value::as_u64);
    if held != Some(wanted as u64) {
        let patch = present
            .body
            .pointer("/spec/patchID")
            .and_then(Value::as_u64);
        let next = patch.unwrap_or_default().saturating_add(1);
        let spec = json!({ "spec": { "replicas": wanted, "patchID": next } });
        hands
            .merge(&present.object, EPHEMERAL_RUNNER_SET, spec)
            .await;
    }
    let listeners = hands.owned(object, AUTOSCALING_LISTENER);
    let name = format!("{}-{}-listener", object.name, short_hash(&object.namespace));
    let spec = json!({
        "githubConfigUrl": text(set, "/spec/githubConfigUrl"),
        "githubConfigSecret": text(set, "/spec/githubConfigSecret"),
        "runnerScaleSetId": scale_set_id(&object.namespace, &object.name),
        "autoscalingRunnerSetNamespace": object.namespace,
        "autoscalingRunnerSetName": object.name,
        "ephemeralRunnerSetName": present.object.name,
        "minRunners": least,
        "maxRunners": most,
        "image": "ghcr.io/actions/gha-runner-scale-set-controller:0.14.0",
    });
    if let Some(listener) = listeners.first() {
        let patch = json!({ "spec": spec });
        hands
            .merge(&listener.object, AUTOSCALING_LISTENER, patch)
            .await;
        return;
    }
    let made = json!({
        "metadata": {
            "name": name,
            "labels": labels(set, "runner-scale-set-listener"),
            "ownerReferences": controlled_by(set),
        },
        "spec": spec,
    });
    hands
        .create(AUTOSCALING_LISTENER, &object.namespace, made)
        .await;
}

/// Sets of an earlier specification end when their last job has.
async fn retire(hands: &mut Hands<'_>, old: &[Owned]) {
    for set in old {
        let runners = hands.owned(&set.object, EPHEMERAL_RUNNER);
        if runners.iter().any(|runner| has_job(&runner.body)) {
            let none = json!({ "spec": { "replicas": 0 } });
            hands.merge(&set.object, EPHEMERAL_RUNNER_SET, none).await;
        } else {
            hands.delete(EPHEMERAL_RUNNER_SET, &set.object).await;
        }
    }
}

fn status(hands: &Hands<'_>, present: &Owned, old: &[Owned]) -> Value {
    let phase = |wanted: &str| {
        std::iter::once(present)
            .chain(old)
            .flat_map(|set| hands.owned(&set.object, EPHEMERAL_RUNNER))
            .filter(|runner| phase_of(&runner.body) == wanted)
            .count()
    };
    let (pending, running, failed) = (phase("Pending"), phase("Running"), phase("Failed"));
    json!({
        "currentRunners": pending + running + failed,
        "pendingEphemeralRunners": pending,
        "runningEphemeralRunners": running,
        "failedEphemeralRunners": failed,
        "phase": "Running",
    })
}

/// The phase of an ephemeral runner; one that has none yet is pending.
pub(super) fn phase_of(runner: &Value) -> &str {
    match text(runner, "/status/phase") {
        "" => "Pending",
        phase => phase,
    }
}

fn ephemeral_set(set: &Value, id: u64, hash: &str) -> Value {
    let name = text(set, "/metadata/name");
    let annotation = |key: &str, otherwise: &str| {
        let given = set
            .pointer("/metadata/annotations")
            .and_then(|all| all.get(key))
            .and_then(Value::as_str);
        given.unwrap_or(otherwise).to_owned()
    };
    let mut runner = json!({
        "runnerScaleSetId": id,
        "githubConfigUrl": text(set, "/spec/githubConfigUrl"),
        "githubConfigSecret": text(set, "/spec/githubConfigSecret"),
    });
    // The template stands inline: `metadata` and `spec` beside the rest.
    if let (Some(runner), Some(template)) = (
        runner.as_object_mut(),
        set.pointer("/spec/template").and_then(Value::as_object),
    ) {
        runner.extend(template.clone());
    }
    json!({
        "metadata": {
            "generateName": format!("{name}-"),
            "labels": labels(set, "runner-set"),
            "annotations": {
                GROUP_ANNOTATION: annotation(GROUP_ANNOTATION, "Default"),
                NAME_ANNOTATION: annotation(NAME_ANNOTATION, name),
                HASH_ANNOTATION: hash,
            },
            "ownerReferences": controlled_by(set),
        },
        "spec": { "replicas": 0, "patchID": 0, "ephemeralRunnerSpec": runner },
    })
}

fn labels(set: &Value, component: &str) -> Value {
    let (name, namespace) = (
        text(set, "/metadata/name"),
        text(set, "/metadata/namespace"),
    );
    let version = match version_of(set) {
        "" => VERSION,
        version => version,
    };
    let mut all = with(
        set,
        "/metadata/labels",
        &[
            ("app.kubernetes.io/component", component),
            ("app.kubernetes.io/part-of", "gha-runner-scale-set"),
            (VERSION_LABEL, version),
            ("actions.github.com/scale-set-name", name),
            ("actions.github.com/scale-set-namespace", namespace),
        ],
    );
    // `https://github.com/ORG`, `https://github.com/OWNER/NAME`, `.../enterprises/SLUG`.
    let url = text(set, "/spec/githubConfigUrl");
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    let more: &[(&str, &str)] = match parts.as_slice() {
        ["enterprises", slug] => &[("enterprise", slug)],
        [organization] => &[("organization", organization)],
        [owner, name] => &[("organization", owner), ("repository", name)],
        _ => &[],
    };
    for (key, value) in more {
        all.insert(format!("actions.github.com/{key}"), trimmed(value));
    }
    json!(all)
}

/// A label's value has 63 characters at most.
fn trimmed(value: &str) -> String {
    if value.len() <= 63 {
        return value.to_owned();
    }
    let kept: String = value.chars().take(58).collect();
    format!("{kept}-trim")
}

fn version_of(set: &Value) -> &str {
    set.pointer("/metadata/labels")
        .and_then(|labels| labels.get(VERSION_LABEL))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The same major and minor version as the controller's.
fn is_own_version(version: &str) -> bool {
    let minor = |version: &str| {
        let mut parts = version.splitn(3, '.');
        let (major, minor) = (
            parts.next()?.parse::<u32>().ok()?,
            parts.next()?.parse::<u32>().ok()?,
        );
        parts.next()?;
        Some((major, minor))
    };
    minor(version).is_some_and(|version| Some(version) == minor(VERSION))
}

/// GitHub's number for the set: the same for the same, as nobody here gives numbers.
fn scale_set_id(namespace: &str, name: &str) -> u64 {
    let text = format!("{namespace}/{name}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter().take(2);
    bytes.fold(1, |id, byte| (id << 8) | u64::from(*byte))
}

fn short_hash(text: &str) -> String {
    let mut hash = digest(&json!(text));
    hash.truncate(8);
    hash
}

/// The controller's version.
pub(super) const VERSION: &str = "0.14.0";
const VERSION_LABEL: &str = "app.kubernetes.io/version";
const ID_ANNOTATION: &str = "runner-scale-set-id";
const GROUP_ANNOTATION: &str = "actions.github.com/runner-group-name";
const NAME_ANNOTATION: &str = "actions.github.com/runner-scale-set-name";
const HASH_ANNOTATION: &str = "actions.github.com/runner-spec-hash";
const HASH_POINTER: &str = "/metadata/annotations/actions.github.com~1runner-spec-hash";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_must_be_the_controllers() {
        for (version, wanted) in [
            ("0.14.0", true),
            ("0.14.2", true),
            ("0.14.1-rc1", true),
            ("0.13.1", false),
            ("1.14.0", false),
            ("0.14", false),
            ("", false),
            ("latest", false),
        ] {
            assert_eq!(is_own_version(version), wanted, "{version}");
        }
    }

    #[test]
    fn the_configuration_url_becomes_labels() {
        let told = |url: &str| {
            let set = json!({
                "metadata": { "name": "s", "namespace": "n" },
                "spec": { "githubConfigUrl": url },
            });
            let labels = labels(&set, "runner-set");
            let of = |key: &str| {
                let value = labels.get(format!("actions.github.com/{key}"));
                value.and_then(Value::as_str).unwrap_or("-").to_owned()
            };
            [of("enterprise"), of("organization"), of("repository")].join(" ")
        };
        assert_eq!(told("https://github.com/acme"), "- acme -");
        assert_eq!(told("https://github.com/acme/app/"), "- acme app");
        assert_eq!(told("https://github.com/enterprises/corp"), "corp - -");
        assert_eq!(told(""), "- - -");
    }
}
