//! An object as its schema has it: decoded, pruned, given defaults, validated.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (field validation), "Extend the
//! Kubernetes API with CustomResourceDefinitions" (pruning, defaulting, validation).

use std::sync::Arc;

use hallpass_kubernetes::{Schema, builtin, values};
use serde_json::Value;

use super::notes::Notes;
use super::request::Target;
use super::status::{Cause, Status};

/// The schema of the target's objects; none where they may hold anything.
pub(super) fn schema(target: &Target) -> Option<Arc<Schema>> {
    target.known().ok()?.schema()
}

/// The object that a client has sent: what the schema does not know is refused, told or dropped, as
/// the client wishes.
pub(super) fn decode(
    target: &Target,
    object: &mut Value,
    wish: &str,
    notes: &mut Notes,
) -> Result<(), Status> {
    let wish = Wish::parse(wish)?;
    let Some(schema) = schema(target) else {
        return Ok(());
    };
    if !target.is_custom()
        && let Some(why) = values::decode_error(object, &schema)
    {
        return Err(unhandled(target, &why));
    }
    let unknown = match wish {
        Wish::Ignore => Vec::new(),
        Wish::Strict | Wish::Warn => values::unknown_fields(object, &schema),
    };
    if wish == Wish::Strict && !unknown.is_empty() {
        return Err(unhandled(target, &values::strict_decode_error(&unknown)));
    }
    notes.warnings.extend(unknown);
    conform(target, object);
    Ok(())
}

/// Drops what the schema does not know, and sets what it gives by default; a built-in object gets the form
/// in which the API server gives it back.
pub(super) fn conform(target: &Target, object: &mut Value) {
    let Some(schema) = schema(target) else {
        return;
    };
    values::prune(object, &schema);
    if target.is_custom() {
        values::set_defaults(object, &schema);
    } else {
        builtin::normalize(object, &target.group, &target.version, &target.kind());
    }
}

/// What a custom resource breaks of its schema.
pub(super) fn faults(target: &Target, object: &Value) -> Vec<Cause> {
    match schema(target) {
        Some(schema) if target.is_custom() => values::validate(object, &schema)
            .into_iter()
            .map(Cause::from)
            .collect(),
        Some(_) | None => Vec::new(),
    }
}

fn unhandled(target: &Target, why: &str) -> Status {
    // Custom resources have no type of their own to be handled as.
    if target.is_custom() {
        return Status::bad_request(why);
    }
    let kind = target.kind();
    Status::bad_request(format!(
        "{kind} in version \"{}\" cannot be handled as a {kind}: {why}",
        target.version
    ))
}

/// What becomes of fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Ignore,
    Strict,
    Warn,
}

impl Wish {
    fn parse(text: &str) -> Result<Self, Status> {
        match text {
            "Ignore" => Ok(Self::Ignore),
            "Strict" => Ok(Self::Strict),
            "" | "Warn" => Ok(Self::Warn),
            other => {
                let known = &["Ignore", "Strict", "Warn"];
                let cause = Cause::unsupported("fieldValidation", other, known);
                let options = "CreateOptions";
                Err(Status::invalid("meta.k8s.io", options, "", &[cause]))
            }
        }
    }
}
