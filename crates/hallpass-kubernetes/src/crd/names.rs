//! What a custom resource is called, and how names may be written.

use serde_json::Value;

use super::definition::Names;
use super::faults::Faults;
use crate::cause::Cause;

/// Reads `spec.names`, and holds the definition's own name against it.
pub(super) fn read_names(
    definition: &Value,
    spec: &Value,
    group: &str,
    faults: &mut Faults,
) -> Names {
    let written = spec.get("names").unwrap_or(&Value::Null);
    let names = Names {
        plural: faults.text(written, "plural", "spec.names.plural"),
        singular: faults.text(written, "singular", "spec.names.singular"),
        kind: faults.text(written, "kind", "spec.names.kind"),
        list_kind: faults.text(written, "listKind", "spec.names.listKind"),
        short_names: faults.texts(written, "shortNames", "spec.names.shortNames"),
        categories: faults.texts(written, "categories", "spec.names.categories"),
    };
    label(&names.plural, "spec.names.plural", faults);
    label(&names.singular, "spec.names.singular", faults);
    label(&names.kind.to_lowercase(), "spec.names.kind", faults);
    label(
        &names.list_kind.to_lowercase(),
        "spec.names.listKind",
        faults,
    );
    for (index, name) in names.short_names.iter().enumerate() {
        label(name, &format!("spec.names.shortNames[{index}]"), faults);
    }
    for (index, name) in names.categories.iter().enumerate() {
        label(name, &format!("spec.names.categories[{index}]"), faults);
    }
    if !names.kind.is_empty() && names.kind == names.list_kind {
        let kind = Value::String(names.list_kind.to_string());
        let detail = "kind and listKind may not be the same";
        faults.add(Cause::invalid("spec.names.listKind", &kind, detail));
    }
    read_group(definition, group, faults);
    let name = definition
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !names.plural.is_empty() && !group.is_empty() && name != format!("{}.{group}", names.plural)
    {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        let name = Value::String(name.to_owned());
        faults.add(Cause::invalid("metadata.name", &name, detail));
    }
    names
}

fn read_group(definition: &Value, group: &str, faults: &mut Faults) {
    if group.is_empty() {
        return;
    }
    let found = Value::String(group.to_owned());
    if group.len() > 253 || !group.split('.').all(is_label) {
        faults.add(Cause::invalid("spec.group", &found, SUBDOMAIN));
    } else if !group.contains('.') {
        let detail = "should be a domain with at least one dot";
        faults.add(Cause::invalid("spec.group", &found, detail));
    }
    let is_protected = group.ends_with(".k8s.io") || group.ends_with(".kubernetes.io");
    let approval = definition
        .pointer("/metadata/annotations/api-approved.kubernetes.io")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if is_protected && approval.is_empty() {
        let path = "metadata.annotations[api-approved.kubernetes.io]";
        let detail = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
        faults.add(Cause::required(path, detail));
    }
}

/// Tells what is no label of RFC 1035. What is missing has been told already.
pub(super) fn label(text: &str, path: &str, faults: &mut Faults) {
    let is_well = text.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(text);
    if !(text.is_empty() || is_well) {
        let found = Value::String(text.to_owned());
        faults.add(Cause::invalid(path, &found, LABEL));
    }
}

fn is_label(text: &str) -> bool {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.chars().all(|c| is_end(c) || c == '-')
        && text.starts_with(is_end)
        && text.ends_with(is_end)
}

const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
