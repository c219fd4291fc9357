//! What an object must be like to be taken: its type, its metadata, and a pod's own rules.
//!
//! Source: Kubernetes API reference, `ObjectMeta`, `PodSpec`, `ServiceAccountTokenProjection`; the
//! words of k8s.io/kubernetes' `pkg/apis/core/validation`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::names::{self, is_label, is_subdomain};
use super::objects::{elements, text};
use super::request::Target;
use super::status::{Cause, Status};

/// The object, with its type told where it left that out; an error where it is of another type.
pub(super) fn typed(target: &Target, body: Value) -> Result<Value, Status> {
    let Value::Object(mut fields) = body else {
        return Err(Status::bad_request(
            "couldn't get version/kind; json parse error: the body is not an object",
        ));
    };
    let known = target.known()?;
    let version = target.api_version();
    let own = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    };
    let fault = |name| Status::bad_request(format!("Object '{name}' is not a string"));
    let own_version = own("apiVersion").ok_or_else(|| fault("apiVersion"))?;
    let own_kind = own("kind").ok_or_else(|| fault("Kind"))?;
    if !own_version.is_empty() && own_version != version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({own_version}) does not match the expected API version ({version})"
        )));
    }
    if !own_kind.is_empty() && own_kind != known.kind {
        return Err(Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): it is a {own_kind}",
            known.kind
        )));
    }
    if own_kind.is_empty() && known.is_custom() {
        return Err(Status::bad_request(format!(
            "Object 'Kind' is missing in the body: a custom resource such as {} must tell it",
            target.qualified()
        )));
    }
    let kind = known.kind.clone();
    fields.insert("apiVersion".to_owned(), json!(version));
    fields.insert("kind".to_owned(), json!(kind));
    check_shape(&fields, &kind, &version)?;
    let metadata = fields.entry("metadata").or_insert(Value::Null);
    if metadata.is_null() {
        *metadata = json!({});
    }
    Ok(Value::Object(fields))
}

/// Puts the object into the namespace that the path names, where it is of no other.
pub(super) fn in_namespace(target: &Target, object: &mut Value) -> Result<(), Status> {
    let own = text(object, "/metadata/namespace");
    if own != target.namespace && !own.is_empty() {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if !target.namespace.is_empty()
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("namespace".to_owned(), json!(target.namespace));
    }
    Ok(())
}

/// The words for a precondition that does not hold.
pub(super) fn precondition(what: &str, wanted: &str, found: &str) -> String {
    format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}")
}

/// What a decoder of pods would refuse: a list that is none, an element that is no object.
pub(super) fn pod_shape(pod: &Value) -> Result<(), Status> {
    let fault = |field: &str, wanted: &str| {
        Err(Status::bad_request(format!(
            "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal into field PodSpec.spec.{field} of type {wanted}"
        )))
    };
    for (list, wanted) in [
        ("containers", "v1.Container"),
        ("initContainers", "v1.Container"),
        ("volumes", "v1.Volume"),
    ] {
        match pod.pointer(&format!("/spec/{list}")) {
            None | Some(Value::Null) => {}
            Some(Value::Array(elements)) if elements.iter().all(Value::is_object) => {}
            Some(_) => return fault(list, &format!("[]{wanted}")),
        }
    }
    match pod.pointer("/spec/securityContext") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => fault("securityContext", "v1.PodSecurityContext"),
    }
}

/// What a decoder of the type would refuse before any rule is looked at.
fn check_shape(
    fields: &serde_json::Map<String, Value>,
    kind: &str,
    version: &str,
) -> Result<(), Status> {
    let fault = |field: &str, wanted: &str| {
        Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: json: cannot unmarshal into field {field} of type {wanted}"
        ))
    };
    let metadata = match fields.get("metadata") {
        None | Some(Value::Null) => return Ok(()),
        Some(metadata) => metadata
            .as_object()
            .ok_or_else(|| fault("metadata", "v1.ObjectMeta"))?,
    };
    for name in [
        "name",
        "generateName",
        "namespace",
        "uid",
        "resourceVersion",
    ] {
        if metadata
            .get(name)
            .is_some_and(|value| !value.is_string() && !value.is_null())
        {
            return Err(fault(&format!("ObjectMeta.metadata.{name}"), "string"));
        }
    }
    for name in ["annotations", "labels"] {
        let is_map = match metadata.get(name) {
            None | Some(Value::Null) => true,
            Some(Value::Object(map)) => map.values().all(Value::is_string),
            Some(_) => false,
        };
        if !is_map {
            return Err(fault(
                &format!("ObjectMeta.metadata.{name}"),
                "map[string]string",
            ));
        }
    }
    Ok(())
}

/// The faults of the metadata, the name among them.
pub(super) fn metadata(target: &Target, object: &Value) -> Vec<Cause> {
    let name = text(object, "/metadata/name");
    let mut causes = Vec::new();
    let is_namespace = target.group.is_empty() && target.resource == "namespaces";
    if name.is_empty() {
        causes.push(Cause::required(
            "metadata.name",
            "name or generateName is required",
        ));
    } else if is_namespace && !is_label(name) {
        causes.push(Cause::invalid(
            "metadata.name",
            quoted(name),
            names::LABEL_RULE,
        ));
    } else if target.group == "rbac.authorization.k8s.io" {
        // Roles are named with colons and capitals.
        if let Some(why) = names::path_segment_fault(name) {
            causes.push(Cause::invalid("metadata.name", quoted(name), why));
        }
    } else if !is_subdomain(name) {
        causes.push(Cause::invalid(
            "metadata.name",
            quoted(name),
            names::SUBDOMAIN_RULE,
        ));
    }
    let keys = |field: &str| {
        let map = object.pointer(&format!("/metadata/{field}"));
        let keys = map.and_then(Value::as_object).into_iter().flatten();
        keys.filter(|(key, _)| !names::is_qualified(key))
            .map(|(key, _)| {
                Cause::invalid(
                    format!("metadata.{field}"),
                    quoted(key),
                    names::QUALIFIED_RULE,
                )
            })
            .collect::<Vec<_>>()
    };
    causes.extend(keys("labels"));
    causes.extend(keys("annotations"));
    let labels = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object);
    for value in labels.into_iter().flat_map(|labels| labels.values()) {
        let value = value.as_str().unwrap_or_default();
        if !names::is_label_value(value) {
            causes.push(Cause::invalid(
                "metadata.labels",
                quoted(value),
                names::LABEL_VALUE_RULE,
            ));
        }
    }
    causes
}

/// The faults of a pod's specification, as far as the lab runs it.
pub(super) fn pod(pod: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if elements(pod, "/spec/containers").next().is_none() {
        causes.push(Cause::required("spec.containers", ""));
    }
    let mut known = BTreeSet::new();
    for list in ["containers", "initContainers"] {
        for (index, container) in elements(pod, &format!("/spec/{list}")).enumerate() {
            let at = format!("spec.{list}[{index}]");
            check_name(&mut causes, &mut known, &at, text(container, "/name"));
            if text(container, "/image").is_empty() {
                causes.push(Cause::required(format!("{at}.image"), ""));
            }
        }
    }
    let mut known = BTreeSet::new();
    for (index, volume) in elements(pod, "/spec/volumes").enumerate() {
        let at = format!("spec.volumes[{index}]");
        check_name(&mut causes, &mut known, &at, text(volume, "/name"));
        for (number, source) in elements(volume, "/projected/sources").enumerate() {
            if let Some(token) = source.get("serviceAccountToken") {
                let at = format!("{at}.projected.sources[{number}].serviceAccountToken");
                check_token(&mut causes, &at, token);
            }
        }
    }
    causes
}

fn check_name<'a>(causes: &mut Vec<Cause>, known: &mut BTreeSet<&'a str>, at: &str, name: &'a str) {
    let field = format!("{at}.name");
    if name.is_empty() {
        causes.push(Cause::required(field, ""));
    } else if !is_label(name) {
        causes.push(Cause::invalid(field, quoted(name), names::LABEL_RULE));
    } else if !known.insert(name) {
        causes.push(Cause::duplicate(field, name));
    }
}

fn check_token(causes: &mut Vec<Cause>, at: &str, token: &Value) {
    let path = text(token, "/path");
    if path.is_empty() {
        causes.push(Cause::required(format!("{at}.path"), ""));
    } else if path.starts_with('/') {
        let why = "must be a relative path";
        causes.push(Cause::invalid(format!("{at}.path"), quoted(path), why));
    } else if path.split('/').any(|part| part == "..") {
        let why = "must not contain '..'";
        causes.push(Cause::invalid(format!("{at}.path"), quoted(path), why));
    }
    let field = format!("{at}.expirationSeconds");
    match token.get("expirationSeconds") {
        None | Some(Value::Null) => {}
        Some(value) => match value.as_i64() {
            Some(seconds) => causes.extend(lifetime(&field, seconds)),
            None => causes.push(Cause::invalid(field, value, "must be an integer")),
        },
    }
}

/// Why a token may not live that long.
pub(super) fn lifetime(field: &str, seconds: i64) -> Option<Cause> {
    let why = if seconds < MIN_SECONDS {
        "may not specify a duration less than 10 minutes"
    } else if seconds > MAX_SECONDS {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return None;
    };
    Some(Cause::invalid(field, seconds, why))
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

const MIN_SECONDS: i64 = 600;
const MAX_SECONDS: i64 = 1 << 32;
