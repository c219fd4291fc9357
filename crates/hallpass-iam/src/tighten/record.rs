//! A record of CloudTrail.
//!
//! Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail `userIdentity` element".

use hallpass_types::Timestamp;
use serde_json::Value;

use super::log::{UseFilter, UseLog, Used};
use super::{action, pass_role, resource};

/// Whether the document is a record.
pub(super) fn is_record(document: &Value) -> bool {
    text(document, "eventSource").is_some() && text(document, "eventName").is_some()
}

/// Adds what the record tells.
pub(super) fn add(log: &mut UseLog, record: &Value, filter: &UseFilter) {
    let time = text(record, "eventTime").and_then(|time| time.parse::<Timestamp>().ok());
    let identity = record.get("userIdentity");
    let field = |path: &str| {
        identity
            .and_then(|it| it.pointer(path))
            .and_then(Value::as_str)
    };
    let issuer = field("/sessionContext/sessionIssuer/arn");
    let session = field("/arn");
    let principals: Vec<&str> = issuer.into_iter().chain(session).collect();
    if !filter.is_of(&principals) || !filter.is_since(time) {
        log.left_out += 1;
        return;
    }
    let (Some(source), Some(name)) = (text(record, "eventSource"), text(record, "eventName"))
    else {
        log.note_unmapped("an event without source or name");
        return;
    };
    if text(record, "errorCode").is_some_and(is_refusal) {
        log.refused += 1;
        return;
    }
    let kind = text(record, "eventType").unwrap_or("AwsApiCall");
    if kind != "AwsApiCall" {
        log.note_unmapped(&format!("{source} {name} ({kind})"));
        return;
    }
    let caller = issuer
        .or(session)
        .or_else(|| field("/invokedBy"))
        .unwrap_or("who is not known");
    log.note(time, caller);
    log.regions
        .extend(text(record, "awsRegion").map(str::to_owned));
    log.has_read_events |= record.get("readOnly").is_some_and(is_true);
    log.has_data_events |= text(record, "eventCategory") == Some("Data")
        || record.get("managementEvent").is_some_and(|it| !is_true(it));
    let parameters = record.get("requestParameters").unwrap_or(&Value::Null);
    let actions = action::actions(source, name, parameters);
    if actions.is_empty() {
        log.note_unmapped(&format!("{source} {name}"));
    }
    for action in &actions {
        let resources = resource::resources(action, record);
        if resources.is_empty() {
            log.note_use(action, None);
        }
        for resource in &resources {
            log.note_use(action, Some(resource));
        }
        if pass_role::is_passing(action) {
            note_passed(log, parameters);
        }
    }
}

fn note_passed(log: &mut UseLog, parameters: &Value) {
    let roles = pass_role::roles(parameters);
    let implied = |resource: Option<String>| Used {
        action: pass_role::PASS_ROLE.to_owned(),
        resource,
    };
    if roles.is_empty() {
        log.implied.insert(implied(None));
    }
    log.implied
        .extend(roles.into_iter().map(|role| implied(Some(role))));
}

/// Whether the code says that the caller was not let; any other error comes after the permission was
/// found.
fn is_refusal(code: &str) -> bool {
    let words = [
        "AccessDenied",
        "Unauthorized",
        "NotAuthorized",
        "AuthorizationError",
    ];
    words.iter().any(|word| code.contains(word)) || UNAUTHENTICATED.contains(&code)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

/// Codes of callers that were not known (IAM API reference, "Common error types").
const UNAUTHENTICATED: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
