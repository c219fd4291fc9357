//! Where each kind of runner keeps what its pods' identity hangs on.
//!
//! Source: actions-runner-controller's CRDs and controllers, June 2026.

use serde_json::Value;

/// A kind of runner of actions-runner-controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunnerKind {
    /// A scale set (`actions.github.com`).
    AutoscalingRunnerSet,
    /// One runner of a scale set, for one job (`actions.github.com`).
    EphemeralRunner,
    /// One runner (`actions.summerwind.dev`).
    Runner,
    /// Runners that are rolled over (`actions.summerwind.dev`).
    RunnerDeployment,
    /// Runners of one template (`actions.summerwind.dev`).
    RunnerReplicaSet,
    /// Runners on a stateful set's template (`actions.summerwind.dev`).
    RunnerSet,
}

/// JSON pointers (RFC 6901) into a runner's manifest. What they point at may be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPaths {
    /// The name of the service account.
    pub service_account: String,
    /// The group that the kubelet lets read the token.
    pub fs_group: String,
    /// Lists of variables: the runner's own first, then those of what stands beside it.
    pub environments: Vec<String>,
}

impl RunnerKind {
    /// The kind of a manifest; none where it is no runner's.
    pub fn of(manifest: &Value) -> Option<Self> {
        let text = |name: &str| manifest.get(name).and_then(Value::as_str);
        let (group, _) = text("apiVersion")?.split_once('/')?;
        match (group, text("kind")?) {
            (SCALE_SETS, "AutoscalingRunnerSet") => Some(Self::AutoscalingRunnerSet),
            (SCALE_SETS, "EphemeralRunner") => Some(Self::EphemeralRunner),
            (LEGACY, "Runner") => Some(Self::Runner),
            (LEGACY, "RunnerDeployment") => Some(Self::RunnerDeployment),
            (LEGACY, "RunnerReplicaSet") => Some(Self::RunnerReplicaSet),
            (LEGACY, "RunnerSet") => Some(Self::RunnerSet),
            _ => None,
        }
    }

    /// Where the specification of the runner's pod, or what becomes it, stands.
    pub fn pod_spec(self) -> &'static str {
        match self {
            Self::EphemeralRunner => "/spec/spec",
            Self::Runner => "/spec",
            Self::AutoscalingRunnerSet
            | Self::RunnerDeployment
            | Self::RunnerReplicaSet
            | Self::RunnerSet => "/spec/template/spec",
        }
    }
}

impl IdentityPaths {
    /// The paths for a manifest; none where it is no runner's.
    pub fn of(manifest: &Value) -> Option<Self> {
        let kind = RunnerKind::of(manifest)?;
        let spec = kind.pod_spec();
        let service_account = match kind {
            // The controller copies the outer name into the template in kubernetes mode only.
            RunnerKind::RunnerSet if is_in_kubernetes_mode(manifest) => {
                "/spec/serviceAccountName".to_owned()
            }
            _ => format!("{spec}/serviceAccountName"),
        };
        let environments = match kind {
            RunnerKind::Runner | RunnerKind::RunnerDeployment | RunnerKind::RunnerReplicaSet => {
                vec![format!("{spec}/env"), format!("{spec}/dockerEnv")]
            }
            RunnerKind::AutoscalingRunnerSet => containers(manifest, spec)
                .filter(|(name, _)| *name == RUNNER_CONTAINER)
                .map(|(_, pointer)| format!("{pointer}/env"))
                .collect(),
            RunnerKind::EphemeralRunner | RunnerKind::RunnerSet => {
                let mut all: Vec<_> = containers(manifest, spec).collect();
                all.sort_by_key(|(name, _)| *name != RUNNER_CONTAINER);
                all.into_iter()
                    .map(|(_, pointer)| format!("{pointer}/env"))
                    .collect()
            }
        };
        Some(Self {
            service_account,
            fs_group: format!("{spec}/securityContext/fsGroup"),
            environments,
        })
    }
}

fn is_in_kubernetes_mode(manifest: &Value) -> bool {
    manifest
        .pointer("/spec/containerMode")
        .and_then(Value::as_str)
        == Some("kubernetes")
}

/// Name and pointer of each container.
fn containers<'a>(
    manifest: &'a Value,
    spec: &str,
) -> impl Iterator<Item = (&'a str, String)> + use<'a> {
    let list = format!("{spec}/containers");
    manifest
        .pointer(&list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .map(move |(index, container)| {
            let name = container.get("name").and_then(Value::as_str);
            (name.unwrap_or_default(), format!("{list}/{index}"))
        })
}

const LEGACY: &str = "actions.summerwind.dev";
const SCALE_SETS: &str = "actions.github.com";
const RUNNER_CONTAINER: &str = "runner";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(group: &str, kind: &str, spec: &Value) -> (String, String, Vec<String>) {
        let manifest = json!({
            "apiVersion": format!("{group}/v1alpha1"), "kind": kind, "spec": spec,
        });
        let paths = IdentityPaths::of(&manifest).unwrap();
        (paths.service_account, paths.fs_group, paths.environments)
    }

    #[test]
    fn legacy_kinds_keep_it_beside_the_repository() {
        for kind in ["RunnerDeployment", "RunnerReplicaSet"] {
            let (account, group, environments) = paths(LEGACY, kind, &json!({}));
            assert_eq!(account, "/spec/template/spec/serviceAccountName");
            assert_eq!(group, "/spec/template/spec/securityContext/fsGroup");
            assert_eq!(
                environments,
                ["/spec/template/spec/env", "/spec/template/spec/dockerEnv"]
            );
        }
        let (account, group, environments) = paths(LEGACY, "Runner", &json!({}));
        assert_eq!(account, "/spec/serviceAccountName");
        assert_eq!(group, "/spec/securityContext/fsGroup");
        assert_eq!(environments, ["/spec/env", "/spec/dockerEnv"]);
    }

    #[test]
    fn a_runner_set_keeps_it_in_its_template_unless_in_kubernetes_mode() {
        let spec = json!({ "template": { "spec": { "containers": [
            { "name": "docker" }, { "name": "runner" },
        ] } } });
        let (account, _, environments) = paths(LEGACY, "RunnerSet", &spec);
        assert_eq!(account, "/spec/template/spec/serviceAccountName");
        assert_eq!(
            environments,
            [
                "/spec/template/spec/containers/1/env",
                "/spec/template/spec/containers/0/env"
            ]
        );
        let (account, _, _) = paths(
            LEGACY,
            "RunnerSet",
            &json!({ "containerMode": "kubernetes" }),
        );
        assert_eq!(account, "/spec/serviceAccountName");
    }

    #[test]
    fn scale_sets_keep_it_in_the_container_named_runner() {
        let pod = json!({ "containers": [{ "name": "side" }, { "name": "runner" }] });
        let (account, group, environments) = paths(
            SCALE_SETS,
            "AutoscalingRunnerSet",
            &json!({ "template": { "spec": pod } }),
        );
        assert_eq!(account, "/spec/template/spec/serviceAccountName");
        assert_eq!(group, "/spec/template/spec/securityContext/fsGroup");
        assert_eq!(environments, ["/spec/template/spec/containers/1/env"]);
        let (account, group, environments) =
            paths(SCALE_SETS, "EphemeralRunner", &json!({ "spec": pod }));
        assert_eq!(account, "/spec/spec/serviceAccountName");
        assert_eq!(group, "/spec/spec/securityContext/fsGroup");
        assert_eq!(
            environments,
            ["/spec/spec/containers/1/env", "/spec/spec/containers/0/env"]
        );
    }

    #[test]
    fn nothing_else_is_a_runner() {
        for (version, kind) in [
            ("v1", "Runner"),
            ("apps/v1", "Deployment"),
            ("actions.github.com/v1alpha1", "Runner"),
            ("actions.summerwind.dev/v1alpha1", "AutoscalingRunnerSet"),
        ] {
            let manifest = json!({ "apiVersion": version, "kind": kind });
            assert_eq!(IdentityPaths::of(&manifest), None);
        }
        assert_eq!(IdentityPaths::of(&json!(null)), None);
    }
}
