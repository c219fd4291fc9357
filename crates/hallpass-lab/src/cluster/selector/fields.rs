//! The fields that selectors may name, resource by resource.

use serde_json::Value;

use super::super::request::Target;

/// A field that the resource offers.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) place: Place,
}

/// Where it stands.
#[derive(Debug)]
pub(super) enum Place {
    /// In the object, at the first of these JSON pointers that leads to something.
    At(Vec<String>),
    Name,
    Namespace,
}

impl Field {
    /// The field of that name, where the target's resource offers it.
    pub(super) fn of(target: &Target, name: &str) -> Option<Self> {
        let place = match name {
            "metadata.name" => Place::Name,
            "metadata.namespace" => Place::Namespace,
            _ => Place::At(pointers(target, name)?),
        };
        Some(Self { place })
    }
}

fn pointers(target: &Target, name: &str) -> Option<Vec<String>> {
    let (group, resource) = target.storage();
    let own = OFFERED
        .iter()
        .filter(|(known, ..)| group.is_empty() && *known == resource)
        .find_map(|(_, offered)| offered.iter().find(|(known, _)| *known == name));
    if let Some((_, pointers)) = own {
        return Some(
            pointers
                .iter()
                .map(|pointer| (*pointer).to_owned())
                .collect(),
        );
    }
    let path = format!(".{name}");
    let selectable = target.selectable_fields();
    selectable
        .contains(&path)
        .then(|| vec![path.replace('.', "/")])
}

/// A value as a selector writes it.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
        Some(Value::Array(_) | Value::Null | Value::Object(_)) | None => String::new(),
    }
}

/// The one object that a field selector asks for by its name, if it does.
pub(in super::super) fn named(fields: &str) -> Option<String> {
    terms(fields).iter().find_map(|term| {
        let value = term.strip_prefix("metadata.name=")?;
        let value = value.strip_prefix('=').unwrap_or(value);
        (!value.is_empty() && !value.contains('\\')).then(|| value.to_owned())
    })
}

/// Splits a selector at the commas that are not escaped.
pub(super) fn terms(selector: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut is_escaped = false;
    for letter in selector.chars() {
        if letter == ',' && !is_escaped {
            terms.push(String::new());
        } else if let Some(term) = terms.last_mut() {
            term.push(letter);
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    terms.retain(|term| !term.is_empty());
    terms
}

/// The name, whether the value must be equal, and the value without its escapes.
pub(super) fn split(term: &str) -> Option<(String, bool, String)> {
    let (name, is_equal, value) = if let Some((name, value)) = term.split_once("!=") {
        (name, false, value)
    } else if let Some((name, value)) = term.split_once("==") {
        (name, true, value)
    } else {
        let (name, value) = term.split_once('=')?;
        (name, true, value)
    };
    Some((name.to_owned(), is_equal, unescaped(value)?))
}

fn unescaped(value: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(
                letters
                    .next()
                    .filter(|next| matches!(next, ',' | '=' | '\\'))?,
            ),
            // Only an escaped one can be part of a value.
            ',' | '=' => return None,
            letter => text.push(letter),
        }
    }
    Some(text)
}

type Offered = (
    &'static str,
    &'static [(&'static str, &'static [&'static str])],
);

// k8s.io/kubernetes' `pkg/apis/core/v1/conversion.go`: the field labels of the core kinds.
const OFFERED: &[Offered] = &[
    (
        "events",
        &[
            ("involvedObject.apiVersion", &["/involvedObject/apiVersion"]),
            ("involvedObject.fieldPath", &["/involvedObject/fieldPath"]),
            ("involvedObject.kind", &["/involvedObject/kind"]),
            ("involvedObject.name", &["/involvedObject/name"]),
            ("involvedObject.namespace", &["/involvedObject/namespace"]),
            (
                "involvedObject.resourceVersion",
                &["/involvedObject/resourceVersion"],
            ),
            ("involvedObject.uid", &["/involvedObject/uid"]),
            ("reason", &["/reason"]),
            ("regarding.kind", &["/involvedObject/kind"]),
            ("regarding.name", &["/involvedObject/name"]),
            ("regarding.namespace", &["/involvedObject/namespace"]),
            ("regarding.uid", &["/involvedObject/uid"]),
            ("reportingComponent", &["/reportingComponent"]),
            ("reportingController", &["/reportingComponent"]),
            ("source", &["/source/component", "/reportingComponent"]),
            ("type", &["/type"]),
        ],
    ),
    ("namespaces", &[("status.phase", &["/status/phase"])]),
    ("nodes", &[("spec.unschedulable", &["/spec/unschedulable"])]),
    (
        "pods",
        &[
            ("spec.hostNetwork", &["/spec/hostNetwork"]),
            ("spec.nodeName", &["/spec/nodeName"]),
            ("spec.restartPolicy", &["/spec/restartPolicy"]),
            ("spec.schedulerName", &["/spec/schedulerName"]),
            ("spec.serviceAccountName", &["/spec/serviceAccountName"]),
            ("status.nominatedNodeName", &["/status/nominatedNodeName"]),
            ("status.phase", &["/status/phase"]),
            ("status.podIP", &["/status/podIP"]),
        ],
    ),
    ("secrets", &[("type", &["/type"])]),
];
