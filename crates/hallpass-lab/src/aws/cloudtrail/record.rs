//! A record, as CloudTrail writes it.

use serde_json::{Map, Value, json};

use super::entry::{Entry, is_read_only};
use super::parameters::shown;
use super::ring::Kept;
use crate::aws::text::iso_8601;

/// The record of an entry, and what it is looked up by.
pub(super) fn of(entry: &Entry) -> Kept {
    let source = format!("{}.amazonaws.com", entry.service.name());
    let is_read_only = is_read_only(&entry.name);
    let mut record = Map::new();
    let mut set = |name: &str, value: Value| {
        record.insert(name.to_owned(), value);
    };
    set("eventVersion", json!("1.11"));
    set("userIdentity", entry.identity.clone());
    set("eventTime", json!(iso_8601(entry.time)));
    set("eventSource", json!(source));
    set("eventName", json!(entry.name));
    set("awsRegion", json!(entry.region));
    set("sourceIPAddress", json!(entry.source_ip));
    set("userAgent", json!(entry.user_agent));
    if let Some((code, message)) = &entry.error {
        set("errorCode", json!(code));
        set("errorMessage", json!(message));
    }
    set("requestParameters", shown(&entry.parameters));
    set("responseElements", shown(&entry.response));
    set("requestID", json!(entry.request_id));
    set("eventID", json!(entry.event_id));
    set("readOnly", json!(is_read_only));
    if !entry.resources.is_empty() {
        let resources = entry.resources.iter().map(|(arn, account, kind)| {
            let mut one = json!({ "accountId": account, "ARN": arn });
            if let (Some(kind), Some(fields)) = (kind, one.as_object_mut()) {
                fields.insert("type".to_owned(), json!(kind));
            }
            one
        });
        set("resources", Value::Array(resources.collect()));
    }
    set("eventType", json!("AwsApiCall"));
    set("managementEvent", json!(true));
    set("recipientAccountId", json!(entry.recipient.to_string()));
    if let Some(shared) = &entry.shared_id {
        set("sharedEventID", json!(shared));
    }
    set("eventCategory", json!("Management"));
    Kept::new(
        entry.recipient,
        entry.username.clone(),
        entry.access_key_id.clone(),
        &Value::Object(record),
    )
}
