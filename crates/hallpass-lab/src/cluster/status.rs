//! What the API answers when it does not do what was asked: a `Status`.
//!
//! Source: Kubernetes API reference, `Status` (meta/v1), and the reasons and words of
//! k8s.io/apimachinery's `api/errors`.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::store::StoreFailed;

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    /// The HTTP status.
    pub(crate) code: u16,
    /// The reason, in Kubernetes' own word.
    pub(crate) reason: &'static str,
    /// For a person.
    pub(crate) message: String,
    /// What the wire does not tell.
    pub(crate) detail: Option<String>,
    // Where a list can go on all the same.
    continuation: Option<String>,
    // Boxed, so that a refusal is cheap to hand up.
    details: Option<Box<Value>>,
}

/// One fault of an object that cannot be taken.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

impl Cause {
    /// A field whose value cannot be.
    pub(crate) fn invalid(field: impl Into<String>, value: impl Display, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {why}"),
            field: field.into(),
        }
    }

    /// A field that must be given.
    pub(crate) fn required(field: impl Into<String>, why: &str) -> Self {
        let message = if why.is_empty() {
            "Required value".to_owned()
        } else {
            format!("Required value: {why}")
        };
        Self {
            reason: "FieldValueRequired",
            message,
            field: field.into(),
        }
    }

    /// A field that says twice what may be said once.
    pub(crate) fn duplicate(field: impl Into<String>, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: \"{value}\""),
            field: field.into(),
        }
    }

    /// A field whose value is none of those that are known.
    pub(crate) fn unsupported(field: impl Into<String>, value: &str, known: &[&str]) -> Self {
        let known: Vec<_> = known.iter().map(|one| format!("\"{one}\"")).collect();
        Self {
            reason: "FieldValueNotSupported",
            message: format!(
                "Unsupported value: \"{value}\": supported values: {}",
                known.join(", ")
            ),
            field: field.into(),
        }
    }

    /// A field that holds more than it may.
    pub(crate) fn too_long(field: impl Into<String>, limit: usize) -> Self {
        Self {
            reason: "FieldValueTooLong",
            message: format!("Too long: may not be more than {limit} bytes"),
            field: field.into(),
        }
    }

    /// A field that may not be changed.
    pub(crate) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {why}"),
            field: field.into(),
        }
    }
}

impl From<hallpass_kubernetes::Cause> for Cause {
    fn from(cause: hallpass_kubernetes::Cause) -> Self {
        Self {
            reason: cause.reason.as_str(),
            message: cause.message,
            field: cause.field,
        }
    }
}

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            detail: None,
            continuation: None,
            details: None,
        }
    }

    /// There is no such object.
    pub(crate) fn not_found(resource: &str, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{resource} \"{name}\" not found")).about(resource, name)
    }

    /// There is no such path or resource.
    pub(crate) fn no_such_path() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
    }

    /// An object of that name is there.
    pub(crate) fn already_exists(resource: &str, name: &str) -> Self {
        let message = format!("{resource} \"{name}\" already exists");
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    /// The object is not, or no longer, what the caller takes it for.
    pub(crate) fn conflict(resource: &str, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// The object breaks rules of its kind.
    pub(crate) fn invalid(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let said: Vec<_> = causes
            .iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        let said = match said.as_slice() {
            [only] => only.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        let causes: Vec<_> = causes
            .iter()
            .map(|cause| {
                json!({ "reason": cause.reason, "message": cause.message, "field": cause.field })
            })
            .collect();
        let typed = if group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{group}")
        };
        let mut status = Self::new(
            422,
            "Invalid",
            format!("{typed} \"{name}\" is invalid: {said}"),
        );
        status.details = Some(Box::new(
            json!({ "name": name, "group": group, "kind": kind, "causes": causes }),
        ));
        status
    }

    /// What was asked for is no longer kept.
    pub(crate) fn expired(message: String) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The list that a token goes on with is no longer kept; `token` goes on with what is there.
    pub(crate) fn expired_page(token: &str) -> Self {
        let mut status = Self::expired(EXPIRED_PAGE.to_owned());
        status.continuation = Some(token.to_owned());
        status
    }

    /// The version that was asked for is still to come.
    pub(crate) fn version_in_the_future(wanted: u64, present: u64) -> Self {
        let message = format!("Too large resource version: {wanted}, current: {present}");
        let mut status = Self::new(504, "Timeout", format!("Timeout: {message}"));
        status.details = Some(Box::new(json!({
            "causes": [{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }],
            "retryAfterSeconds": 1,
        })));
        status
    }

    /// Nothing can be made in a namespace that is being deleted.
    pub(crate) fn namespace_ends(resource: &str, name: &str, namespace: &str) -> Self {
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let mut status = Self::forbidden(resource, name, &why);
        let cause = json!({
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        });
        if let Some(details) = status.details.as_mut().and_then(|one| one.as_object_mut()) {
            details.insert("causes".to_owned(), json!([cause]));
        }
        status
    }

    /// Others manage what an apply would change; each cause is a field, and who manages it.
    pub(crate) fn apply_conflict(message: String, conflicts: &[(String, String)]) -> Self {
        let mut status = Self::new(409, "Conflict", message);
        let causes: Vec<_> = conflicts
            .iter()
            .map(|(field, message)| {
                json!({ "reason": "FieldManagerConflict", "message": message, "field": field })
            })
            .collect();
        status.details = Some(Box::new(json!({ "causes": causes })));
        status
    }

    /// The patch does not fit the object.
    pub(crate) fn unprocessable(message: String, detail: &str) -> Self {
        let mut status = Self::new(422, "Invalid", message);
        status.details = Some(Box::new(json!({
            "causes": [{ "reason": "UnexpectedServerResponse", "message": detail }],
        })));
        status
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The caller may not, or nobody may.
    pub(crate) fn forbidden(resource: &str, name: &str, why: &str) -> Self {
        let what = if name.is_empty() {
            resource.to_owned()
        } else {
            format!("{resource} \"{name}\"")
        };
        Self::new(403, "Forbidden", format!("{what} is forbidden: {why}")).about(resource, name)
    }

    /// The caller may not ask for that path.
    pub(crate) fn forbidden_path(why: &str) -> Self {
        let mut status = Self::new(403, "Forbidden", format!("forbidden: {why}"));
        status.details = Some(Box::new(json!({})));
        status
    }

    /// A role that is to be bound is not there; `said` names it.
    pub(crate) fn not_found_role(said: &str) -> Self {
        Self::new(404, "NotFound", said)
    }

    /// A webhook said no, with that status and reason.
    pub(crate) fn by_webhook(code: u16, reason: &str, message: String) -> Self {
        let known = REASONS.iter().find(|known| **known == reason);
        Self::new(code, known.copied().unwrap_or_default(), message)
    }

    /// Nobody the cluster knows.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        let mut status = Self::new(401, "Unauthorized", "Unauthorized");
        status.detail = Some(detail.into());
        status
    }

    /// The resource does not know that method.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
    }

    /// The body is not of a type that is read here.
    pub(crate) fn unsupported_media_type(accepted: &str) -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: {accepted}"
            ),
        )
    }

    /// The client takes no answer of a type that there is.
    pub(crate) fn not_acceptable(offered: &str) -> Self {
        Self::new(
            406,
            "NotAcceptable",
            format!("only the following media types are accepted: {offered}"),
        )
    }

    /// The body is larger than any object may be.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: limit is {limit}"),
        )
    }

    /// The patch asks for more than is carried out.
    pub(crate) fn patch_too_large(message: String) -> Self {
        Self::new(413, "RequestEntityTooLarge", message)
    }

    /// The body did not come in time.
    pub(crate) fn timeout() -> Self {
        Self::new(
            504,
            "Timeout",
            "Timeout: request did not complete within the allotted timeout",
        )
    }

    /// Too much at once.
    pub(crate) fn too_many_requests() -> Self {
        let mut status = Self::new(
            429,
            "TooManyRequests",
            "Too many requests, please try again later.",
        );
        status.details = Some(Box::new(json!({ "retryAfterSeconds": 1 })));
        status
    }

    /// Not at present.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            503,
            "ServiceUnavailable",
            "the server is currently unable to handle the request",
        )
    }

    /// A fault of the lab's own.
    pub(crate) fn internal(error: &dyn Display) -> Self {
        Self::new(
            500,
            "InternalError",
            format!("Internal error occurred: {error}"),
        )
    }

    /// The object that answers.
    pub(crate) fn to_json(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let (Some(token), Some(metadata)) = (&self.continuation, status.get_mut("metadata")) {
            *metadata = json!({ "continue": token });
        }
        if let (Some(details), Some(fields)) = (&self.details, status.as_object_mut()) {
            fields.insert("details".to_owned(), Value::clone(details));
        }
        status
    }

    /// Names what it is about: `resource`, or `resource.group`.
    fn about(mut self, resource: &str, name: &str) -> Self {
        let (kind, group) = resource.split_once('.').unwrap_or((resource, ""));
        let mut details = json!({ "kind": kind });
        if let Some(fields) = details.as_object_mut() {
            for (key, value) in [("name", name), ("group", group)] {
                if !value.is_empty() {
                    fields.insert(key.to_owned(), json!(value));
                }
            }
        }
        self.details = Some(Box::new(details));
        self
    }
}

const EXPIRED_PAGE: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

impl From<StoreFailed> for Status {
    fn from(failed: StoreFailed) -> Self {
        Self::internal(&failed)
    }
}

/// The reasons that clients know.
const REASONS: &[&str] = &[
    "AlreadyExists",
    "BadRequest",
    "Conflict",
    "Expired",
    "Forbidden",
    "Gone",
    "InternalError",
    "Invalid",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotFound",
    "RequestEntityTooLarge",
    "ServiceUnavailable",
    "Timeout",
    "TooManyRequests",
    "Unauthorized",
    "UnsupportedMediaType",
];
