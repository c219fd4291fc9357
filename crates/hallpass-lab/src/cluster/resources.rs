//! The resources that the cluster knows by itself, and what it takes for a custom resource.
//!
//! Other groups than these are taken as if their definitions had been applied: what they hold is kept
//! as it comes, which is what a cluster does for a definition that preserves unknown fields.

use super::names::{is_label, is_subdomain};

/// A resource that the cluster knows.
#[derive(Debug)]
pub(super) struct Resource {
    /// The API group, empty for the core group.
    pub(super) group: &'static str,
    /// The version.
    pub(super) version: &'static str,
    /// The name in paths.
    pub(super) plural: &'static str,
    /// The kind of its objects.
    pub(super) kind: &'static str,
    /// Whether its objects live in namespaces.
    pub(super) is_namespaced: bool,
    /// What kubectl calls it for short.
    pub(super) short: Option<&'static str>,
}

/// The resource of that name, where the cluster knows it.
pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    KNOWN.iter().find(|resource| {
        resource.group == group && resource.version == version && resource.plural == plural
    })
}

/// Whether that could be a custom resource: of a group that the cluster does not serve by itself.
pub(super) fn is_custom(group: &str, version: &str, plural: &str) -> bool {
    let is_own = KNOWN.iter().any(|resource| resource.group == group);
    let is_version = version
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()));
    !is_own && is_version && is_subdomain(group) && is_label(version) && is_label(plural)
}

/// What the cluster serves by itself.
pub(super) const KNOWN: &[Resource] = &[
    core("configmaps", "ConfigMap", true, Some("cm")),
    core("namespaces", "Namespace", false, Some("ns")),
    core("nodes", "Node", false, Some("no")),
    core("pods", "Pod", true, Some("po")),
    core("secrets", "Secret", true, None),
    core("serviceaccounts", "ServiceAccount", true, Some("sa")),
    scale_set("autoscalinglisteners", "AutoscalingListener"),
    scale_set("autoscalingrunnersets", "AutoscalingRunnerSet"),
    scale_set("ephemeralrunners", "EphemeralRunner"),
    scale_set("ephemeralrunnersets", "EphemeralRunnerSet"),
    legacy("horizontalrunnerautoscalers", "HorizontalRunnerAutoscaler"),
    legacy("runnerdeployments", "RunnerDeployment"),
    legacy("runnerreplicasets", "RunnerReplicaSet"),
    legacy("runners", "Runner"),
    legacy("runnersets", "RunnerSet"),
];

const fn core(
    plural: &'static str,
    kind: &'static str,
    is_namespaced: bool,
    short: Option<&'static str>,
) -> Resource {
    Resource {
        group: "",
        version: "v1",
        plural,
        kind,
        is_namespaced,
        short,
    }
}

const fn scale_set(plural: &'static str, kind: &'static str) -> Resource {
    Resource {
        group: "actions.github.com",
        version: "v1alpha1",
        plural,
        kind,
        is_namespaced: true,
        short: None,
    }
}

const fn legacy(plural: &'static str, kind: &'static str) -> Resource {
    Resource {
        group: "actions.summerwind.dev",
        version: "v1alpha1",
        plural,
        kind,
        is_namespaced: true,
        short: None,
    }
}
