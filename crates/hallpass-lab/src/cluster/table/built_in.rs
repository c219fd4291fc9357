//! The columns of the built-in resources.

use hallpass_types::Timestamp;
use serde_json::{Value, json};

use super::super::objects::{elements, text};
use super::age::{age, duration};
use super::columns::{Cell, Column, age_column, created, name, plain};
use super::pods;

/// The columns of a resource.
pub(super) fn columns(group: &str, plural: &str) -> Vec<Column> {
    let found =
        |name: &str, cell: fn(&Value, Timestamp) -> Value| Column::new(name, Cell::Found(cell));
    let text_at = |name: &str, pointer| Column::new(name, Cell::Text(pointer));
    let own = match (group, plural) {
        ("", "configmaps") => vec![found("Data", data).of_kind("string")],
        ("", "events") => return events(),
        ("", "namespaces") => vec![text_at("Status", "/status/phase")],
        ("", "nodes") => return nodes(),
        ("", "persistentvolumeclaims") => vec![
            text_at("Status", "/status/phase"),
            text_at("Volume", "/spec/volumeName"),
            text_at("Capacity", "/status/capacity/storage"),
            found("Access Modes", access_modes),
            text_at("StorageClass", "/spec/storageClassName"),
        ],
        ("", "pods") => return pod_columns(),
        ("", "secrets") => vec![
            text_at("Type", "/type"),
            found("Data", data).of_kind("string"),
        ],
        ("", "serviceaccounts") => vec![found("Secrets", secrets).of_kind("string")],
        ("", "services") => vec![
            text_at("Type", "/spec/type"),
            found("Cluster-IP", cluster_ip),
            found("External-IP", external_ip),
            found("Port(s)", ports),
        ],
        ("admissionregistration.k8s.io", _) => {
            vec![found("Webhooks", webhooks).of_kind("integer")]
        }
        ("apiextensions.k8s.io", _) | ("rbac.authorization.k8s.io", "roles" | "clusterroles") => {
            return vec![name(), created()];
        }
        ("apps", "deployments") => vec![
            found("Ready", deployment_ready),
            found("Up-to-date", updated).of_kind("string"),
            found("Available", available).of_kind("string"),
        ],
        ("batch", "jobs") => vec![
            found("Status", job_status),
            found("Completions", completions),
            found("Duration", job_duration),
        ],
        ("coordination.k8s.io", "leases") => vec![text_at("Holder", "/spec/holderIdentity")],
        ("rbac.authorization.k8s.io", _) => return bindings(),
        _ => return plain(),
    };
    std::iter::once(name())
        .chain(own)
        .chain(std::iter::once(age_column()))
        .collect()
}

fn pod_columns() -> Vec<Column> {
    let found =
        |name: &str, cell: fn(&Value, Timestamp) -> Value| Column::new(name, Cell::Found(cell));
    vec![
        name(),
        found("Ready", pods::ready).described("How many of its containers are ready."),
        found("Status", pods::status).described("What has become of the pod."),
        found("Restarts", pods::restarts)
            .described("How often its containers were started again, and when last."),
        age_column(),
        found("IP", |pod, _| or_none(text(pod, "/status/podIP"))).wide(),
        found("Node", |pod, _| or_none(text(pod, "/spec/nodeName"))).wide(),
        found("Nominated Node", |pod, _| {
            or_none(text(pod, "/status/nominatedNodeName"))
        })
        .wide(),
        found("Readiness Gates", |_, _| or_none("")).wide(),
    ]
}

fn bindings() -> Vec<Column> {
    let subjects = |name: &str, cell: fn(&Value, Timestamp) -> Value| {
        Column::new(name, Cell::Found(cell)).wide()
    };
    let role = Column::new(
        "Role",
        Cell::Found(|binding, _| {
            let (kind, name) = (
                text(binding, "/roleRef/kind"),
                text(binding, "/roleRef/name"),
            );
            json!(format!("{kind}/{name}"))
        }),
    );
    vec![
        name(),
        role,
        age_column(),
        subjects("Users", |binding, _| named(binding, "User")),
        subjects("Groups", |binding, _| named(binding, "Group")),
        subjects("ServiceAccounts", |binding, _| {
            named(binding, "ServiceAccount")
        }),
    ]
}

fn named(binding: &Value, kind: &str) -> Value {
    let names: Vec<_> = elements(binding, "/subjects")
        .filter(|subject| text(subject, "/kind") == kind)
        .map(|subject| match text(subject, "/namespace") {
            "" => text(subject, "/name").to_owned(),
            namespace => format!("{namespace}/{}", text(subject, "/name")),
        })
        .collect();
    json!(names.join(", "))
}

fn events() -> Vec<Column> {
    let found =
        |name: &str, cell: fn(&Value, Timestamp) -> Value| Column::new(name, Cell::Found(cell));
    vec![
        found("Last Seen", |event, now| {
            let last = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime"]
                .iter()
                .map(|pointer| text(event, pointer))
                .find(|time| !time.is_empty());
            json!(age(last.unwrap_or_default(), now))
        }),
        Column::new("Type", Cell::Text("/type")),
        Column::new("Reason", Cell::Text("/reason")),
        found("Object", |event, _| {
            let kind = text(event, "/involvedObject/kind").to_lowercase();
            json!(format!("{kind}/{}", text(event, "/involvedObject/name")))
        }),
        found("Message", |event, _| json!(text(event, "/message").trim())),
        name().wide(),
    ]
}

fn nodes() -> Vec<Column> {
    let found =
        |name: &str, cell: fn(&Value, Timestamp) -> Value| Column::new(name, Cell::Found(cell));
    vec![
        name(),
        found("Status", |node, _| {
            let is_ready = elements(node, "/status/conditions").any(|condition| {
                text(condition, "/type") == "Ready" && text(condition, "/status") == "True"
            });
            json!(if is_ready { "Ready" } else { "NotReady" })
        }),
        found("Roles", |_, _| or_none("")),
        age_column(),
        Column::new("Version", Cell::Text("/status/nodeInfo/kubeletVersion")),
        found("Internal-IP", |node, _| {
            let address = elements(node, "/status/addresses")
                .find(|address| text(address, "/type") == "InternalIP");
            or_none(address.map_or("", |address| text(address, "/address")))
        })
        .wide(),
    ]
}

fn or_none(text: &str) -> Value {
    json!(if text.is_empty() { "<none>" } else { text })
}

fn count(object: &Value, pointer: &str) -> usize {
    match object.pointer(pointer) {
        Some(Value::Array(list)) => list.len(),
        Some(Value::Object(fields)) => fields.len(),
        _ => 0,
    }
}

fn number(object: &Value, pointer: &str) -> i64 {
    object
        .pointer(pointer)
        .and_then(Value::as_i64)
        .unwrap_or_default()
}

fn data(object: &Value, _now: Timestamp) -> Value {
    json!((count(object, "/data") + count(object, "/binaryData")).to_string())
}

fn secrets(account: &Value, _now: Timestamp) -> Value {
    json!(count(account, "/secrets").to_string())
}

fn webhooks(configuration: &Value, _now: Timestamp) -> Value {
    json!(count(configuration, "/webhooks"))
}

fn access_modes(claim: &Value, _now: Timestamp) -> Value {
    let modes: Vec<_> = elements(claim, "/spec/accessModes")
        .map(|mode| match mode.as_str().unwrap_or_default() {
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOnce" => "RWO",
            "ReadWriteOncePod" => "RWOP",
            other => other,
        })
        .collect();
    json!(modes.join(","))
}

fn cluster_ip(service: &Value, _now: Timestamp) -> Value {
    or_none(text(service, "/spec/clusterIP"))
}

fn external_ip(service: &Value, _now: Timestamp) -> Value {
    or_none(text(service, "/spec/externalName"))
}

fn ports(service: &Value, _now: Timestamp) -> Value {
    let ports: Vec<_> = elements(service, "/spec/ports")
        .map(|port| {
            let protocol = match text(port, "/protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            format!("{}/{protocol}", number(port, "/port"))
        })
        .collect();
    or_none(&ports.join(","))
}

fn deployment_ready(deployment: &Value, _now: Timestamp) -> Value {
    let wanted = deployment
        .pointer("/spec/replicas")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    json!(format!(
        "{}/{wanted}",
        number(deployment, "/status/readyReplicas")
    ))
}

fn updated(deployment: &Value, _now: Timestamp) -> Value {
    json!(number(deployment, "/status/updatedReplicas").to_string())
}

fn available(deployment: &Value, _now: Timestamp) -> Value {
    json!(number(deployment, "/status/availableReplicas").to_string())
}

fn job_status(job: &Value, _now: Timestamp) -> Value {
    let holds = |kind: &str| {
        elements(job, "/status/conditions").any(|condition| {
            text(condition, "/type") == kind && text(condition, "/status") == "True"
        })
    };
    let known = [
        ("Complete", "Complete"),
        ("Failed", "Failed"),
        ("Suspended", "Suspended"),
    ];
    let shown = known.iter().find(|(kind, _)| holds(kind));
    json!(shown.map_or("Running", |(_, shown)| shown))
}

fn completions(job: &Value, _now: Timestamp) -> Value {
    let wanted = job
        .pointer("/spec/completions")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    json!(format!("{}/{wanted}", number(job, "/status/succeeded")))
}

fn job_duration(job: &Value, now: Timestamp) -> Value {
    let time = |pointer: &str| text(job, pointer).parse::<Timestamp>().ok();
    let Some(start) = time("/status/startTime") else {
        return json!("");
    };
    let end = time("/status/completionTime").unwrap_or(now);
    json!(duration(end.as_second().saturating_sub(start.as_second())))
}
