//! The parameters of a request's query.
//!
//! Source: Kubernetes API reference, "Common Parameters"; "Kubernetes API Concepts" (field
//! validation, dry run, resource versions of lists, watches).

use std::time::Duration;

use serde_json::{Value, json};

use super::status::Status;

/// Those that count.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) is_watch: bool,
    pub(super) dry_run: Vec<String>,
    pub(super) label_selector: String,
    pub(super) field_selector: String,
    pub(super) limit: usize,
    pub(super) continuation: String,
    pub(super) resource_version: String,
    pub(super) resource_version_match: String,
    pub(super) allows_bookmarks: bool,
    pub(super) sends_initial_events: Option<bool>,
    pub(super) timeout: Option<Duration>,
    pub(super) field_manager: String,
    /// What the client calls itself (`User-Agent`): the field manager of those that name none.
    pub(super) agent: String,
    pub(super) field_validation: String,
    pub(super) is_forced: bool,
    pub(super) grace_period: Option<i64>,
    pub(super) propagation: String,
    pub(super) orphans: Option<bool>,
    pub(super) include_object: String,
}

impl Options {
    /// Reads a query. What is not understood is left out, as the API server does.
    pub(super) fn parse(query: &str) -> Self {
        let mut options = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let text = || value.clone().into_owned();
            match &*name {
                "watch" => options.is_watch = is_true(&value),
                "dryRun" => options.dry_run.push(text()),
                "labelSelector" => options.label_selector = text(),
                "fieldSelector" => options.field_selector = text(),
                "limit" => options.limit = value.parse().unwrap_or_default(),
                "continue" => options.continuation = text(),
                "resourceVersion" => options.resource_version = text(),
                "resourceVersionMatch" => options.resource_version_match = text(),
                "allowWatchBookmarks" => options.allows_bookmarks = is_true(&value),
                "sendInitialEvents" => options.sends_initial_events = Some(is_true(&value)),
                "timeoutSeconds" => {
                    options.timeout = value
                        .parse()
                        .ok()
                        .filter(|seconds| *seconds > 0)
                        .map(Duration::from_secs);
                }
                "fieldManager" => options.field_manager = text(),
                "fieldValidation" => options.field_validation = text(),
                "force" => options.is_forced = is_true(&value),
                "gracePeriodSeconds" => options.grace_period = value.parse().ok(),
                "propagationPolicy" => options.propagation = text(),
                "includeObject" => options.include_object = text(),
                "orphanDependents" => options.orphans = Some(is_true(&value)),
                _ => {}
            }
        }
        options
    }

    /// Whether nothing is to be stored.
    pub(super) fn is_dry_run(&self) -> Result<bool, Status> {
        if let Some(other) = self.dry_run.iter().find(|word| *word != "All") {
            return Err(Status::bad_request(format!(
                "Unsupported value: \"{other}\": supported values: \"All\""
            )));
        }
        Ok(!self.dry_run.is_empty())
    }

    /// The object of options that admission is shown: `CreateOptions`, say.
    pub(super) fn to_json(&self, kind: &str) -> Value {
        let mut options = json!({ "kind": kind, "apiVersion": "meta.k8s.io/v1" });
        let Some(fields) = options.as_object_mut() else {
            return options;
        };
        if !self.dry_run.is_empty() {
            fields.insert("dryRun".to_owned(), json!(self.dry_run));
        }
        if self.is_forced && kind == "PatchOptions" {
            fields.insert("force".to_owned(), json!(true));
        }
        for (name, value) in [
            ("fieldManager", &self.field_manager),
            ("fieldValidation", &self.field_validation),
        ] {
            if !value.is_empty() {
                fields.insert(name.to_owned(), json!(value));
            }
        }
        options
    }
}

/// As the API server reads a boolean: `0` and `false` are none.
fn is_true(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "0" | "false")
}
