//! The versions of a definition, and what of a definition never changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::column::{JsonPath, read_columns};
use super::definition::{Scale, Version};
use super::faults::Faults;
use super::names::label;
use super::path::Path;
use super::structural::Reader;
use crate::cause::{Cause, quoted};
use crate::schema::Schema;
use crate::values::CheckBuilder;

/// More of them than any resource has.
const MOST_VERSIONS: usize = 64;

/// Reads `spec.versions`, and what `spec` says of all of them.
pub(super) fn read_versions(spec: &Value, faults: &mut Faults) -> Vec<Arc<Version>> {
    whole_spec(spec, faults);
    let versions = match spec.get("versions") {
        Some(Value::Array(versions)) if !versions.is_empty() => versions,
        None | Some(Value::Null | Value::Array(_)) => {
            faults.add(Cause::required(
                "spec.versions",
                "must have at least one version",
            ));
            return Vec::new();
        }
        Some(other) => {
            faults.mistyped("spec.versions", "array", other);
            return Vec::new();
        }
    };
    if versions.len() > MOST_VERSIONS {
        let most = 64;
        faults.add(Cause::too_many("spec.versions", versions.len(), most));
        return Vec::new();
    }
    let names: BTreeSet<&str> = versions
        .iter()
        .filter_map(|version| version.get("name")?.as_str())
        .collect();
    let stored = versions
        .iter()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .count();
    if stored != 1 {
        let found = names_of(versions);
        let detail = "must have exactly one version marked as storage version";
        faults.add(Cause::invalid("spec.versions", &found, detail));
    }
    if names.len() != versions.len() {
        let found = names_of(versions);
        let detail = "must contain unique version names";
        faults.add(Cause::invalid("spec.versions", &found, detail));
    }
    // The API server moves a schema that all versions have to the top, and tells faults there.
    let schema = |version: &Value| version.pointer("/schema/openAPIV3Schema").cloned();
    let is_shared = versions
        .iter()
        .all(|version| schema(version) == versions.first().and_then(schema));
    let mut reader = Reader {
        faults,
        checks: CheckBuilder::default(),
    };
    let mut shared = None;
    let list = Path::Start("spec.versions");
    let versions = versions.iter().enumerate();
    versions
        .map(|(index, version)| {
            let at = list.index(index);
            let schema = match (&shared, is_shared) {
                (Some(schema), _) => Arc::clone(schema),
                (None, true) => {
                    let top = Path::Start("spec.validation");
                    let schema = Arc::new(read_schema(version, &top, &mut reader));
                    shared = Some(Arc::clone(&schema));
                    schema
                }
                (None, false) => Arc::new(read_schema(version, &at.child("schema"), &mut reader)),
            };
            Arc::new(read_version(version, &at, schema, reader.faults))
        })
        .collect()
}

fn names_of(versions: &[Value]) -> Value {
    let names = versions
        .iter()
        .map(|version| version.get("name").cloned().unwrap_or_default());
    Value::Array(names.collect())
}

fn whole_spec(spec: &Value, faults: &mut Faults) {
    if spec.get("preserveUnknownFields") == Some(&Value::Bool(true)) {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        let found = Value::Bool(true);
        faults.add(Cause::invalid("spec.preserveUnknownFields", &found, detail));
    }
    let path = "spec.conversion.strategy";
    match spec.pointer("/conversion/strategy") {
        None | Some(Value::Null) => {}
        Some(Value::String(strategy)) if strategy == "None" => {
            if spec
                .pointer("/conversion/webhook")
                .is_some_and(|webhook| !webhook.is_null())
            {
                let detail = "should not be set when strategy is not set to Webhook";
                faults.add(Cause::forbidden("spec.conversion.webhook", detail));
            }
        }
        Some(Value::String(strategy)) if strategy == "Webhook" => {
            let detail = "webhooks are not asked to convert here: use strategy \"None\", which changes the apiVersion alone";
            faults.add(Cause::forbidden(path, detail));
        }
        Some(other) => faults.add(Cause::unsupported(path, other, ["None", "Webhook"])),
    }
}

fn read_schema(version: &Value, at: &Path<'_>, reader: &mut Reader<'_>) -> Schema {
    let at = at.child("openAPIV3Schema");
    match version.pointer("/schema/openAPIV3Schema") {
        None | Some(Value::Null) => {
            reader
                .faults
                .add(Cause::required(at, "schemas are required"));
            Schema::default()
        }
        Some(schema) => reader.root(schema, &at),
    }
}

fn read_version(
    version: &Value,
    at: &Path<'_>,
    schema: Arc<Schema>,
    faults: &mut Faults,
) -> Version {
    let name = faults.text(version, "name", &at.child("name").to_string());
    label(&name, &at.child("name").to_string(), faults);
    for flag in ["served", "storage"] {
        if version.get(flag).is_none() {
            faults.add(Cause::required(at.child(flag), ""));
        }
    }
    let is_deprecated = faults.flag(version, "deprecated", at.child("deprecated"));
    let warning = faults.optional_text(
        version,
        "deprecationWarning",
        at.child("deprecationWarning"),
    );
    if warning.is_some() && !is_deprecated {
        let found = Value::String(warning.as_deref().unwrap_or_default().to_owned());
        let detail = "can only be set for deprecated versions";
        faults.add(Cause::invalid(
            at.child("deprecationWarning"),
            &found,
            detail,
        ));
    }
    let subresources = at.child("subresources");
    Version {
        is_served: faults.flag(version, "served", at.child("served")),
        is_storage: faults.flag(version, "storage", at.child("storage")),
        deprecation: is_deprecated.then(|| {
            let said = warning.map(String::from);
            said.unwrap_or_else(|| format!("version {} is deprecated", quoted(&name)))
        }),
        schema,
        has_status: version
            .pointer("/subresources/status")
            .is_some_and(Value::is_object),
        scale: version
            .pointer("/subresources/scale")
            .filter(|scale| !scale.is_null())
            .map(|scale| read_scale(scale, &subresources.child("scale"), faults)),
        columns: read_columns(version, at, faults),
        selectable: version
            .get("selectableFields")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|field| field.get("jsonPath")?.as_str())
            .map(Into::into)
            .collect(),
        name,
    }
}

fn read_scale(scale: &Value, at: &Path<'_>, faults: &mut Faults) -> Scale {
    let mut path = |name: &'static str, under: &[&str], is_required: bool| {
        let at = at.child(name);
        let text = if is_required {
            faults.text(scale, name, &at.to_string())
        } else {
            faults.optional_text(scale, name, at).unwrap_or_default()
        };
        if text.is_empty() {
            return text;
        }
        let found = Value::String(text.to_string());
        if JsonPath::parse(&text).is_err() || text.contains('[') {
            let detail = "should be a json path without array notation, such as .spec.replicas";
            faults.add(Cause::invalid(at, &found, detail));
        } else if !under.iter().any(|under| text.starts_with(under)) {
            let under: Vec<&str> = under.iter().map(|it| it.trim_end_matches('.')).collect();
            let detail = format!("should be a json path under {}", under.join(" or "));
            faults.add(Cause::invalid(at, &found, &detail));
        }
        text
    };
    Scale {
        spec_replicas: path("specReplicasPath", &[".spec."], true),
        status_replicas: path("statusReplicasPath", &[".status."], true),
        label_selector: Some(path("labelSelectorPath", &[".spec.", ".status."], false))
            .filter(|path| !path.is_empty()),
    }
}

/// What changed that never may.
pub(super) fn unchanged(old: &Value, definition: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let is_established = old
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    let mut fixed = vec![
        ("/spec/group", "spec.group"),
        ("/spec/names/plural", "spec.names.plural"),
    ];
    if is_established {
        fixed.push(("/spec/scope", "spec.scope"));
        fixed.push(("/spec/names/kind", "spec.names.kind"));
    }
    for (pointer, path) in fixed {
        let found = definition.pointer(pointer).unwrap_or(&Value::Null);
        if old.pointer(pointer).unwrap_or(&Value::Null) != found {
            causes.push(Cause::invalid(path, found, "field is immutable"));
        }
    }
    let stored = old
        .pointer("/status/storedVersions")
        .and_then(Value::as_array);
    let versions = definition
        .pointer("/spec/versions")
        .and_then(Value::as_array);
    for (index, version) in stored.into_iter().flatten().enumerate() {
        let is_kept = versions
            .into_iter()
            .flatten()
            .any(|kept| kept.get("name") == Some(version));
        if !is_kept {
            let detail = "missing from spec.versions; was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in it and removes it from status.storedVersions";
            let path = format!("status.storedVersions[{index}]");
            causes.push(Cause::invalid(path, version, detail));
        }
    }
    causes
}
