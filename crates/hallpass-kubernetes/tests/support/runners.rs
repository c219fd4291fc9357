//! The definitions of actions-runner-controller, both generations, as controller-gen would write
//! them: the controller's own fields are named here, the pod templates inside are expanded from the
//! built-in schemas. What comes out has the size, the depth and the oddities of the published files.
//!
//! Source of the fields: the API reference of actions-runner-controller, v0.27 (summerwind) and
//! gha-runner-scale-set 0.14.

use std::sync::Arc;

use hallpass_kubernetes::crd;
use hallpass_kubernetes::{ListTopology, Schema, Shape, builtin};
use serde_json::{Map, Value, json};

const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

/// The kinds, by their group.
pub const KINDS: [(&str, &str); 9] = [
    ("actions.summerwind.dev", "HorizontalRunnerAutoscaler"),
    ("actions.summerwind.dev", "Runner"),
    ("actions.summerwind.dev", "RunnerDeployment"),
    ("actions.summerwind.dev", "RunnerReplicaSet"),
    ("actions.summerwind.dev", "RunnerSet"),
    ("actions.github.com", "AutoscalingListener"),
    ("actions.github.com", "AutoscalingRunnerSet"),
    ("actions.github.com", "EphemeralRunner"),
    ("actions.github.com", "EphemeralRunnerSet"),
];

/// The kind's definition, defaults set.
pub fn definition(group: &str, kind: &str) -> Value {
    let plural = format!("{}s", kind.to_lowercase());
    let (spec, status) = spec_and_status(kind);
    let text = json!({"type": "string"});
    let schema = json!({
        "description": format!("{kind} is the Schema for the {plural} API"),
        "type": "object",
        "properties": {
            "apiVersion": text, "kind": text, "metadata": {"type": "object"},
            "spec": spec, "status": status,
        },
    });
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "annotations": {"controller-gen.kubebuilder.io/version": "v0.17.2"},
            "creationTimestamp": null,
            "name": format!("{plural}.{group}"),
        },
        "spec": {
            "group": group,
            "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural,
                      "singular": kind.to_lowercase()},
            "scope": "Namespaced",
            "preserveUnknownFields": false,
            "versions": [{
                "name": "v1alpha1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": columns(kind),
                "schema": {"openAPIV3Schema": schema},
            }],
        },
        "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []},
    });
    crd::set_defaults(&mut definition);
    definition
}

fn columns(kind: &str) -> Value {
    let columns: &[(&str, &str, &str)] = match kind {
        "AutoscalingRunnerSet" => &[
            (".spec.minRunners", "Minimum Runners", "integer"),
            (".spec.maxRunners", "Maximum Runners", "integer"),
            (".status.currentRunners", "Current Runners", "integer"),
            (".status.state", "State", "string"),
        ],
        "EphemeralRunner" => &[
            (".spec.githubConfigUrl", "GitHub Config URL", "string"),
            (".status.runnerId", "RunnerId", "number"),
            (".status.phase", "Phase", "string"),
            (".metadata.creationTimestamp", "Age", "date"),
        ],
        "HorizontalRunnerAutoscaler" => &[
            (".spec.minReplicas", "Min", "number"),
            (".spec.maxReplicas", "Max", "number"),
            (".status.desiredReplicas", "Desired", "number"),
        ],
        "Runner" => &[
            (".spec.repository", "Repository", "string"),
            (".spec.labels", "Labels", "string"),
            (".status.phase", "Status", "string"),
            (".metadata.creationTimestamp", "Age", "date"),
        ],
        "RunnerDeployment" => &[
            (".spec.template.spec.repository", "Repository", "string"),
            (".spec.template.spec.labels", "Labels", "string"),
            (".spec.replicas", "Desired", "number"),
            (".status.replicas", "Current", "number"),
            (".metadata.creationTimestamp", "Age", "date"),
        ],
        _ => &[],
    };
    let columns = columns
        .iter()
        .map(|(path, name, kind)| json!({"jsonPath": path, "name": name, "type": kind}));
    columns.collect()
}

fn spec_and_status(kind: &str) -> (Value, Value) {
    let integer = json!({"type": "integer"});
    let text = json!({"type": "string"});
    let time = json!({"type": "string", "format": "date-time", "nullable": true});
    let template = |spec: Value| json!({"type": "object", "properties": {"metadata": metadata(), "spec": spec}});
    let replicas_status = object(&[
        ("availableReplicas", &integer),
        ("desiredReplicas", &integer),
        ("readyReplicas", &integer),
        ("replicas", &integer),
        ("updatedReplicas", &integer),
    ]);
    let pod = expanded("io.k8s.api.core.v1.PodTemplateSpec");
    match kind {
        "HorizontalRunnerAutoscaler" => (autoscaler(), object(&[("desiredReplicas", &integer)])),
        "Runner" => (
            runner_spec(),
            object(&[
                ("phase", &text),
                ("message", &text),
                ("ready", &json!({"type": "boolean"})),
                ("lastRegistrationCheckTime", &time),
            ]),
        ),
        "RunnerDeployment" | "RunnerReplicaSet" => (
            object(&[
                ("effectiveTime", &time),
                ("replicas", &json!({"type": "integer", "nullable": true})),
                (
                    "selector",
                    &nullable(expanded(
                        "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
                    )),
                ),
                ("template", &template(runner_spec())),
            ]),
            replicas_status,
        ),
        "RunnerSet" => {
            let mut spec = runner_config();
            let fields = spec["properties"].as_object_mut().unwrap();
            fields.insert(
                "replicas".to_owned(),
                json!({"type": "integer", "format": "int32"}),
            );
            fields.insert("serviceAccountName".to_owned(), text.clone());
            fields.insert("serviceName".to_owned(), text);
            fields.insert(
                "selector".to_owned(),
                expanded("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"),
            );
            fields.insert("template".to_owned(), pod);
            fields.insert(
                "volumeClaimTemplates".to_owned(),
                json!({"type": "array",
                "items": expanded("io.k8s.api.core.v1.PersistentVolumeClaimTemplate")}),
            );
            spec["required"] = json!(["selector", "serviceName", "template"]);
            (spec, replicas_status)
        }
        "AutoscalingListener" => (
            object(&[
                ("githubConfigUrl", &text),
                ("githubConfigSecret", &text),
                ("image", &text),
                ("maxRunners", &integer),
                ("minRunners", &integer),
                ("template", &pod),
            ]),
            json!({"type": "object"}),
        ),
        "AutoscalingRunnerSet" => (
            object(&[
                ("githubConfigUrl", &text),
                ("githubConfigSecret", &text),
                ("runnerGroup", &text),
                ("runnerScaleSetName", &text),
                ("listenerTemplate", &pod),
                ("template", &pod),
                ("maxRunners", &json!({"type": "integer", "minimum": 0})),
                ("minRunners", &json!({"type": "integer", "minimum": 0})),
                (
                    "githubServerTLS",
                    &object(&[(
                        "certificateFrom",
                        &object(&[(
                            "configMapKeyRef",
                            &expanded("io.k8s.api.core.v1.ConfigMapKeySelector"),
                        )]),
                    )]),
                ),
            ]),
            object(&[("currentRunners", &integer), ("state", &text)]),
        ),
        "EphemeralRunner" => (
            ephemeral(pod),
            object(&[("phase", &text), ("runnerId", &integer)]),
        ),
        "EphemeralRunnerSet" => (
            object(&[
                ("patchID", &integer),
                ("replicas", &integer),
                ("ephemeralRunnerSpec", &ephemeral(pod)),
            ]),
            object(&[("currentReplicas", &integer)]),
        ),
        other => panic!("{other} is a kind of runners"),
    }
}

fn ephemeral(pod: Value) -> Value {
    let mut spec = pod;
    let fields = spec["properties"].as_object_mut().unwrap();
    for name in ["githubConfigSecret", "githubConfigUrl", "proxySecretRef"] {
        fields.insert(name.to_owned(), json!({"type": "string"}));
    }
    fields.insert("runnerScaleSetId".to_owned(), json!({"type": "integer"}));
    spec
}

fn autoscaler() -> Value {
    let text = json!({"type": "string"});
    object(&[
        ("maxReplicas", &json!({"type": "integer"})),
        ("minReplicas", &json!({"type": "integer"})),
        (
            "scaleTargetRef",
            &object(&[
                ("name", &text),
                (
                    "kind",
                    &json!({"type": "string", "enum": ["RunnerDeployment", "RunnerSet"]}),
                ),
            ]),
        ),
        (
            "scheduledOverrides",
            &json!({"type": "array", "items": {
            "type": "object", "required": ["endTime", "startTime"], "properties": {
                "startTime": {"type": "string", "format": "date-time"},
                "endTime": {"type": "string", "format": "date-time"},
                "minReplicas": {"type": "integer", "minimum": 0, "nullable": true},
                "recurrenceRule": {"type": "object", "properties": {"frequency": {
                    "type": "string", "enum": ["Daily", "Weekly", "Monthly", "Yearly"]}}}}}}),
        ),
    ])
}

fn runner_config() -> Value {
    let text = json!({"type": "string"});
    let flag = json!({"type": "boolean"});
    let name = json!({"type": "string", "pattern": "^[^/]+$"});
    object(&[
        ("containerMode", &text),
        ("dockerEnabled", &flag),
        ("dockerMTU", &json!({"type": "integer", "format": "int64"})),
        ("dockerRegistryMirror", &text),
        ("dockerdWithinRunnerContainer", &flag),
        ("enterprise", &name),
        ("organization", &name),
        ("ephemeral", &flag),
        ("group", &text),
        ("image", &text),
        (
            "labels",
            &json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            "repository",
            &json!({"type": "string", "pattern": "^[^/]+/[^/]+$"}),
        ),
        ("volumeSizeLimit", &quantity()),
        ("volumeStorageMedium", &text),
        ("workDir", &text),
        (
            "githubAPICredentialsFrom",
            &object(&[(
                "secretRef",
                &json!({"type": "object",
            "required": ["name"], "properties": {"name": {"type": "string"}}}),
            )]),
        ),
    ])
}

fn runner_spec() -> Value {
    let mut spec = runner_config();
    let fields = spec["properties"].as_object_mut().unwrap();
    let pod = expanded("io.k8s.api.core.v1.PodSpec");
    for name in [
        "affinity",
        "automountServiceAccountToken",
        "containers",
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
    ] {
        fields.insert(name.to_owned(), pod["properties"][name].clone());
    }
    fields.insert(
        "sidecarContainers".to_owned(),
        pod["properties"]["containers"].clone(),
    );
    let container = expanded("io.k8s.api.core.v1.Container");
    for name in [
        "env",
        "envFrom",
        "imagePullPolicy",
        "resources",
        "volumeMounts",
    ] {
        fields.insert(name.to_owned(), container["properties"][name].clone());
    }
    for (name, of) in [("dockerEnv", "env"), ("dockerVolumeMounts", "volumeMounts")] {
        fields.insert(name.to_owned(), container["properties"][of].clone());
    }
    // The summerwind types have plain lists here.
    for name in [
        "env",
        "dockerEnv",
        "volumeMounts",
        "dockerVolumeMounts",
        "volumes",
    ] {
        let list = fields[name].as_object_mut().unwrap();
        list.remove("x-kubernetes-list-type");
        list.remove("x-kubernetes-list-map-keys");
    }
    fields.insert(
        "dockerdContainerResources".to_owned(),
        container["properties"]["resources"].clone(),
    );
    spec
}

fn object(fields: &[(&str, &Value)]) -> Value {
    let fields: Map<String, Value> = fields
        .iter()
        .map(|(name, field)| ((*name).to_owned(), (*field).clone()))
        .collect();
    json!({"type": "object", "properties": fields})
}

fn nullable(mut schema: Value) -> Value {
    schema["nullable"] = json!(true);
    schema
}

fn quantity() -> Value {
    json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": QUANTITY,
           "x-kubernetes-int-or-string": true})
}

fn metadata() -> Value {
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    object(&[
        ("annotations", &texts),
        ("labels", &texts),
        (
            "finalizers",
            &json!({"type": "array", "items": {"type": "string"}}),
        ),
        ("name", &json!({"type": "string"})),
        ("namespace", &json!({"type": "string"})),
    ])
}

/// A built-in type as controller-gen writes it, all that it refers to in place.
fn expanded(name: &str) -> Value {
    let schema = builtin::definition(name).unwrap_or_else(|| panic!("{name} is built in"));
    written(&schema)
}

fn written(schema: &Schema) -> Value {
    let mut out = match &schema.shape {
        Shape::Reference(name) if name.ends_with(".Quantity") => quantity(),
        Shape::Reference(name) if name.ends_with(".IntOrString") => int_or_string(),
        Shape::Reference(name) if name.ends_with(".ObjectMeta") => metadata(),
        Shape::Reference(name) => {
            let resolved: Arc<Schema> = builtin::definition(name).unwrap();
            written(&resolved)
        }
        Shape::Any => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Integer(format) => with_format("integer", format),
        Shape::IntOrString => int_or_string(),
        Shape::Number(format) => with_format("number", format),
        Shape::String(format) => with_format("string", format),
        Shape::Map { values, .. } => {
            json!({"type": "object", "additionalProperties": written(values)})
        }
        Shape::List {
            items, topology, ..
        } => {
            let mut list = json!({"type": "array", "items": written(items)});
            match topology {
                ListTopology::Atomic => list["x-kubernetes-list-type"] = json!("atomic"),
                ListTopology::Map(keys) => {
                    list["x-kubernetes-list-type"] = json!("map");
                    list["x-kubernetes-list-map-keys"] =
                        keys.iter().map(|key| json!(key.as_ref())).collect();
                    defaulted_keys(&mut list, keys);
                }
                ListTopology::Set => list["x-kubernetes-list-type"] = json!("set"),
            }
            list
        }
        Shape::Struct {
            fields,
            required,
            is_atomic,
        } => {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|(name, field)| (name.to_string(), written(field)))
                .collect();
            let mut object = json!({"type": "object", "properties": fields});
            if !required.is_empty() {
                object["required"] = required.iter().map(|name| json!(name.as_ref())).collect();
            }
            if *is_atomic {
                object["x-kubernetes-map-type"] = json!("atomic");
            }
            object
        }
    };
    if let Some(default) = &schema.default {
        out["default"] = default.clone();
    }
    if !schema.description.is_empty() && out.get("description").is_none() {
        out["description"] = json!(schema.description.as_ref());
    }
    out
}

/// Controller-gen gives keys that are optional an empty default (`imagePullSecrets`).
fn defaulted_keys(list: &mut Value, keys: &[Box<str>]) {
    for key in keys {
        let is_required = list["items"]["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|name| name == key.as_ref()));
        let field = &mut list["items"]["properties"][key.as_ref()];
        if !is_required && field.get("default").is_none() {
            field["default"] = json!("");
        }
    }
}

fn int_or_string() -> Value {
    json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true})
}

fn with_format(kind: &str, format: &str) -> Value {
    match format {
        "" => json!({"type": kind}),
        format => json!({"type": kind, "format": format}),
    }
}
