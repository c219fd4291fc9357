//! The resources that every cluster has, and those of the runner controllers.

use std::sync::{Arc, LazyLock};

use super::registry::{BARE, Origin, Resource, Subresource};

/// What a built-in resource is called and what it can do.
#[derive(Debug)]
struct BuiltIn {
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    is_namespaced: bool,
    short: &'static [&'static str],
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
    subresources: &'static [Part],
    is_implied: bool,
}

type Part = (
    &'static str,
    Option<(&'static str, &'static str, &'static str)>,
    &'static [&'static str],
);

/// The resource of that name, as a cluster without definitions has it.
pub(in super::super) fn built_in(
    group: &str,
    version: &str,
    plural: &str,
) -> Option<&'static Arc<Resource>> {
    BARE.find(group, version, plural)
}

/// Whether the API group is the API server's own: no definition may name it.
pub(in super::super) fn is_own_group(group: &str) -> bool {
    BUILT_IN
        .iter()
        .any(|resource| !resource.is_implied && resource.group == group)
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Arc<Resource>> {
    static ALL: LazyLock<Vec<Arc<Resource>>> = LazyLock::new(|| {
        BUILT_IN
            .iter()
            .map(|one| Arc::new(one.resource()))
            .collect()
    });
    ALL.iter()
}

impl BuiltIn {
    fn resource(&self) -> Resource {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Resource {
            group: self.group.to_owned(),
            version: self.version.to_owned(),
            plural: self.plural.to_owned(),
            singular: self.kind.to_lowercase(),
            kind: self.kind.to_owned(),
            list_kind: format!("{}List", self.kind),
            is_namespaced: self.is_namespaced,
            short: owned(self.short),
            categories: owned(self.categories),
            verbs: self.verbs,
            subresources: self
                .subresources
                .iter()
                .map(|(name, kind, verbs)| Subresource {
                    name: (*name).to_owned(),
                    kind: *kind,
                    verbs,
                })
                .collect(),
            origin: if self.is_implied {
                Origin::Implied
            } else {
                Origin::BuiltIn
            },
        }
    }

    const fn short(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }

    const fn in_all(mut self) -> Self {
        self.categories = &["all"];
        self
    }

    const fn cluster_scoped(mut self) -> Self {
        self.is_namespaced = false;
        self
    }

    const fn with(mut self, subresources: &'static [Part]) -> Self {
        self.subresources = subresources;
        self
    }

    const fn implied(mut self) -> Self {
        self.is_implied = true;
        self
    }

    const fn only_created(mut self) -> Self {
        self.verbs = &["create"];
        self
    }
}

const fn of(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
) -> BuiltIn {
    BuiltIn {
        group,
        version,
        plural,
        kind,
        is_namespaced: true,
        short: &[],
        categories: &[],
        verbs: OBJECT_VERBS,
        subresources: &[],
        is_implied: false,
    }
}

const fn core(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("", "v1", plural, kind)
}

const fn rbac(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("rbac.authorization.k8s.io", "v1", plural, kind)
}

const fn authorization(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("authorization.k8s.io", "v1", plural, kind).only_created()
}

const fn authentication(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("authentication.k8s.io", "v1", plural, kind)
        .only_created()
        .cluster_scoped()
}

const fn webhooks(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("admissionregistration.k8s.io", "v1", plural, kind).cluster_scoped()
}

const fn scale_set(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("actions.github.com", "v1alpha1", plural, kind)
        .with(STATUS)
        .implied()
}

const fn legacy(plural: &'static str, kind: &'static str) -> BuiltIn {
    of("actions.summerwind.dev", "v1alpha1", plural, kind)
        .with(STATUS)
        .implied()
}

const STATUS: &[Part] = &[("status", None, STATUS_VERBS)];

const STATUS_AND_SCALE: &[Part] = &[
    ("scale", Some(("autoscaling", "v1", "Scale")), STATUS_VERBS),
    ("status", None, STATUS_VERBS),
];

/// What the cluster serves by itself.
const BUILT_IN: &[BuiltIn] = &[
    core("configmaps", "ConfigMap").short(&["cm"]),
    core("events", "Event").short(&["ev"]),
    of("events.k8s.io", "v1", "events", "Event").short(&["ev"]),
    core("namespaces", "Namespace")
        .short(&["ns"])
        .cluster_scoped()
        .with(&[
            ("finalize", None, &["update"]),
            ("status", None, STATUS_VERBS),
        ]),
    core("nodes", "Node")
        .short(&["no"])
        .cluster_scoped()
        .with(STATUS),
    core("persistentvolumeclaims", "PersistentVolumeClaim")
        .short(&["pvc"])
        .with(STATUS),
    core("pods", "Pod").short(&["po"]).in_all().with(STATUS),
    core("secrets", "Secret"),
    core("serviceaccounts", "ServiceAccount")
        .short(&["sa"])
        .with(&[(
            "token",
            Some(("authentication.k8s.io", "v1", "TokenRequest")),
            &["create"],
        )]),
    core("services", "Service")
        .short(&["svc"])
        .in_all()
        .with(STATUS),
    webhooks(
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    ),
    webhooks(
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    ),
    of(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
    )
    .short(&["crd", "crds"])
    .cluster_scoped()
    .with(STATUS),
    of("apps", "v1", "deployments", "Deployment")
        .short(&["deploy"])
        .in_all()
        .with(STATUS_AND_SCALE),
    authentication("selfsubjectreviews", "SelfSubjectReview"),
    authentication("tokenreviews", "TokenReview"),
    authorization("localsubjectaccessreviews", "LocalSubjectAccessReview"),
    authorization("selfsubjectaccessreviews", "SelfSubjectAccessReview").cluster_scoped(),
    authorization("selfsubjectrulesreviews", "SelfSubjectRulesReview").cluster_scoped(),
    authorization("subjectaccessreviews", "SubjectAccessReview").cluster_scoped(),
    of("batch", "v1", "jobs", "Job").in_all().with(STATUS),
    of("coordination.k8s.io", "v1", "leases", "Lease"),
    rbac("clusterrolebindings", "ClusterRoleBinding").cluster_scoped(),
    rbac("clusterroles", "ClusterRole").cluster_scoped(),
    rbac("rolebindings", "RoleBinding"),
    rbac("roles", "Role"),
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

/// What can be done with objects.
pub(super) const OBJECT_VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// What can be done with a part of an object.
pub(super) const STATUS_VERBS: &[&str] = &["get", "patch", "update"];
