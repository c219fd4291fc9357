//! Webhooks, as a `MutatingWebhookConfiguration` or `ValidatingWebhookConfiguration` has them.
//!
//! Source: Kubernetes API reference, `MutatingWebhookConfiguration` (admissionregistration.k8s.io/v1).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::label_selector::LabelSelector;
use super::super::objects;
use crate::store::State;

/// A webhook.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    pub(super) name: String,
    pub(super) client_config: ClientConfig,
    #[serde(default)]
    pub(super) rules: Vec<Rule>,
    #[serde(default)]
    failure_policy: String,
    #[serde(default)]
    match_policy: String,
    #[serde(default)]
    pub(super) namespace_selector: LabelSelector,
    #[serde(default)]
    pub(super) object_selector: LabelSelector,
    #[serde(default)]
    side_effects: String,
    timeout_seconds: Option<u64>,
    #[serde(default)]
    reinvocation_policy: String,
}

/// Where a webhook is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientConfig {
    pub(super) url: Option<String>,
    pub(super) service: Option<Service>,
    /// Base64 of PEM.
    #[serde(default)]
    pub(super) ca_bundle: String,
}

/// A service of the cluster.
#[derive(Debug, Deserialize)]
pub(super) struct Service {
    pub(super) namespace: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) path: String,
    pub(super) port: Option<u16>,
}

/// What a webhook wants to see.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Rule {
    pub(super) operations: Vec<String>,
    pub(super) api_groups: Vec<String>,
    pub(super) api_versions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) scope: String,
}

impl Webhook {
    /// Whether a call that fails refuses the request.
    pub(super) fn fails_closed(&self) -> bool {
        self.failure_policy != "Ignore"
    }

    /// Whether a rule that names another version of a resource is meant for this one, too.
    pub(super) fn takes_equivalents(&self) -> bool {
        self.match_policy != "Exact"
    }

    /// Whether it may be called for what is not to be stored.
    pub(super) fn supports_dry_run(&self) -> bool {
        matches!(self.side_effects.as_str(), "None" | "NoneOnDryRun")
    }

    /// Whether it wants to see what later webhooks have changed.
    pub(super) fn is_reinvoked(&self) -> bool {
        self.reinvocation_policy == "IfNeeded"
    }

    /// How long a call may take.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.unwrap_or(DEFAULT_SECONDS))
    }
}

/// The webhooks of all configurations of a kind, ordered by the configurations' names.
pub(super) fn all_of(state: &State, resource: &str) -> Vec<Webhook> {
    objects::list(state, GROUP, resource, "")
        .flat_map(|object| {
            let body = object.body();
            objects::elements(&body, "/webhooks")
                // What was stored was checked; another kind of fault than that is not expected.
                .filter_map(|webhook| Webhook::deserialize(webhook).ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether there is any.
pub(super) fn is_any(state: &State, resource: &str) -> bool {
    objects::list(state, GROUP, resource, "").next().is_some()
}

/// Fills in what a configuration leaves out.
pub(in super::super) fn complete(configuration: &mut Value) {
    let is_mutating = objects::text(configuration, "/kind") == "MutatingWebhookConfiguration";
    let webhooks = configuration
        .get_mut("webhooks")
        .and_then(Value::as_array_mut);
    for webhook in webhooks.into_iter().flatten() {
        let Some(fields) = webhook.as_object_mut() else {
            continue;
        };
        for (field, value) in [
            ("failurePolicy", json!("Fail")),
            ("matchPolicy", json!("Equivalent")),
            ("namespaceSelector", json!({})),
            ("objectSelector", json!({})),
            ("timeoutSeconds", json!(DEFAULT_SECONDS)),
        ] {
            fill(fields, field, value);
        }
        if is_mutating {
            fill(fields, "reinvocationPolicy", json!("Never"));
        }
        let rules = fields.get_mut("rules").and_then(Value::as_array_mut);
        for rule in rules.into_iter().flatten().filter_map(Value::as_object_mut) {
            fill(rule, "scope", json!("*"));
        }
        let service = webhook
            .pointer_mut("/clientConfig/service")
            .and_then(Value::as_object_mut);
        if let Some(service) = service {
            fill(service, "port", json!(443));
        }
    }
}

fn fill(fields: &mut serde_json::Map<String, Value>, field: &str, value: Value) {
    let own = fields.entry(field).or_insert(Value::Null);
    if own.is_null() {
        *own = value;
    }
}

const GROUP: &str = "admissionregistration.k8s.io";
const DEFAULT_SECONDS: u64 = 10;
