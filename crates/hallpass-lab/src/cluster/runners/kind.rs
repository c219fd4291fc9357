//! The kinds of objects that controllers read and write.

use super::super::request::Target;
use super::super::resources::Registry;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    /// What `kind` says.
    pub(super) name: &'static str,
    /// How far it is from a pod: what is nearer is settled first, so that what stands above it is
    /// looked at once for all of them.
    pub(super) distance: u8,
}

impl Kind {
    /// The kind that becomes pods and has that group and plural name.
    pub(super) fn of(group: &str, plural: &str) -> Option<Self> {
        let mut all = ALL.iter();
        all.find(|kind| kind.group == group && kind.plural == plural)
            .copied()
    }

    /// `GROUP/VERSION`.
    pub(super) fn api_version(self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The target of an operation, as the cluster serves it.
    pub(super) fn target(
        self,
        registry: &Registry,
        namespace: &str,
        name: Option<&str>,
        part: Option<&str>,
    ) -> Target {
        Target {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            resource: self.plural.to_owned(),
            subresource: part.map(str::to_owned),
            ..Target::core(self.plural, namespace, name)
        }
        .resolve(registry)
    }
}

const fn scale_set(plural: &'static str, name: &'static str, distance: u8) -> Kind {
    Kind {
        group: "actions.github.com",
        version: "v1alpha1",
        plural,
        name,
        distance,
    }
}

const fn legacy(plural: &'static str, name: &'static str, distance: u8) -> Kind {
    Kind {
        group: "actions.summerwind.dev",
        version: "v1alpha1",
        plural,
        name,
        distance,
    }
}

const fn core(plural: &'static str, name: &'static str) -> Kind {
    Kind {
        group: "",
        version: "v1",
        plural,
        name,
        distance: 0,
    }
}

pub(super) const AUTOSCALING_LISTENER: Kind =
    scale_set("autoscalinglisteners", "AutoscalingListener", 4);
pub(super) const AUTOSCALING_RUNNER_SET: Kind =
    scale_set("autoscalingrunnersets", "AutoscalingRunnerSet", 3);
pub(super) const EPHEMERAL_RUNNER: Kind = scale_set("ephemeralrunners", "EphemeralRunner", 1);
pub(super) const EPHEMERAL_RUNNER_SET: Kind =
    scale_set("ephemeralrunnersets", "EphemeralRunnerSet", 2);
pub(super) const HORIZONTAL_RUNNER_AUTOSCALER: Kind = legacy(
    "horizontalrunnerautoscalers",
    "HorizontalRunnerAutoscaler",
    4,
);
pub(super) const RUNNER: Kind = legacy("runners", "Runner", 1);
pub(super) const RUNNER_DEPLOYMENT: Kind = legacy("runnerdeployments", "RunnerDeployment", 3);
pub(super) const RUNNER_REPLICA_SET: Kind = legacy("runnerreplicasets", "RunnerReplicaSet", 2);
pub(super) const RUNNER_SET: Kind = legacy("runnersets", "RunnerSet", 1);
pub(super) const POD: Kind = core("pods", "Pod");
pub(super) const SECRET: Kind = core("secrets", "Secret");

/// The kinds that are settled.
pub(super) const ALL: &[Kind] = &[
    AUTOSCALING_LISTENER,
    AUTOSCALING_RUNNER_SET,
    EPHEMERAL_RUNNER,
    EPHEMERAL_RUNNER_SET,
    HORIZONTAL_RUNNER_AUTOSCALER,
    RUNNER,
    RUNNER_DEPLOYMENT,
    RUNNER_REPLICA_SET,
    RUNNER_SET,
];
