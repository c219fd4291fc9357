//! `LookupEvents`.
//!
//! One difference is meant: events of IAM, which on AWS are looked up in one region, are found here in
//! the lab's only one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass_types::Timestamp;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ring::Kept;
use crate::aws::answer::Answer;
use crate::aws::authorize::Wanted;
use crate::aws::call::Call;
use crate::aws::error::ApiError;
use crate::aws::text::epoch;
use crate::clock::moved;

/// Carries out one operation.
pub(crate) fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    match call.operation.as_str() {
        "LookupEvents" => lookup(call),
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_key: String,
    attribute_value: String,
}

fn lookup(call: &mut Call) -> Result<Answer, ApiError> {
    let input: Input = call.take_json()?;
    call.authorize(&Wanted::new("cloudtrail:LookupEvents", "*"))?;
    let filter = Filter::read(&input, call.now)?;
    let size = match input.max_results.map(usize::try_from) {
        None => MOST,
        Some(Ok(size)) if (1..=MOST).contains(&size) => size,
        Some(_) => {
            return Err(ApiError::new(
                400,
                "InvalidMaxResultsException",
                "The maximum number of results must be between 1 and 50.",
            ));
        }
    };
    let mut rest = call
        .world
        .trail
        .of(call.identity.account)
        .into_iter()
        .filter(|record| filter.takes(record));
    if let Some(token) = &input.next_token {
        let last = read_token(token)?;
        rest.find(|record| record.id == last)
            .ok_or_else(bad_token)?;
    }
    let page: Vec<Arc<Kept>> = rest.by_ref().take(size).collect();
    let next = rest.next().and_then(|_| {
        let last = page.last()?;
        Some(URL_SAFE_NO_PAD.encode(&last.id))
    });
    let events: Vec<Value> = page.iter().map(|record| shown(record)).collect();
    let mut answer = json!({ "Events": events });
    if let (Some(next), Some(fields)) = (next, answer.as_object_mut()) {
        fields.insert("NextToken".to_owned(), json!(next));
    }
    Ok(Answer::Json(answer))
}

/// Which records.
struct Filter {
    attribute: Option<(String, String)>,
    from: Timestamp,
    until: Timestamp,
}

impl Filter {
    fn read(input: &Input, now: Timestamp) -> Result<Self, ApiError> {
        match input.event_category.as_deref() {
            // There are no insights here.
            None | Some("insight") => {}
            Some(_) => {
                return Err(ApiError::new(
                    400,
                    "InvalidEventCategoryException",
                    "Invalid event category value. Allowed values are [insight].",
                ));
            }
        }
        let attribute = match input.lookup_attributes.as_slice() {
            [] => None,
            [one] if KEYS.contains(&one.attribute_key.as_str()) => {
                Some((one.attribute_key.clone(), one.attribute_value.clone()))
            }
            _ => {
                return Err(ApiError::new(
                    400,
                    "InvalidLookupAttributesException",
                    format!(
                        "You can only use one lookup attribute per request, one of {}.",
                        KEYS.join(", ")
                    ),
                ));
            }
        };
        let oldest = moved(now, -DAYS);
        let from = input.start_time.map_or(Some(oldest), time);
        let until = input.end_time.map_or(Some(Timestamp::MAX), time);
        let (Some(from), Some(until)) = (from, until) else {
            return Err(bad_range());
        };
        if from > until {
            return Err(bad_range());
        }
        Ok(Self {
            attribute: if input.event_category.is_some() {
                // Nothing has this name.
                Some(("EventName".to_owned(), String::new()))
            } else {
                attribute
            },
            from: from.max(oldest),
            until,
        })
    }

    fn takes(&self, record: &Kept) -> bool {
        if record.time < self.from || record.time > self.until {
            return false;
        }
        let Some((key, value)) = &self.attribute else {
            return true;
        };
        match key.as_str() {
            "AccessKeyId" => record.access_key_id.as_ref() == Some(value),
            "EventId" => record.id == *value,
            "EventName" => record.name == *value,
            "EventSource" => record.source == *value,
            "ReadOnly" => record.is_read_only.to_string() == *value,
            "ResourceName" => record.resources.iter().any(|(_, arn)| arn == value),
            "ResourceType" => {
                let mut kinds = record.resources.iter();
                kinds.any(|(kind, _)| kind.as_ref() == Some(value))
            }
            _ => record.username.as_ref() == Some(value),
        }
    }
}

fn shown(record: &Kept) -> Value {
    let resources: Vec<Value> = record
        .resources
        .iter()
        .map(|(kind, arn)| json!({ "ResourceType": kind, "ResourceName": arn }))
        .collect();
    let mut event = json!({
        "EventId": record.id,
        "EventName": record.name,
        "ReadOnly": record.is_read_only.to_string(),
        "EventTime": epoch(record.time),
        "EventSource": record.source,
        "Resources": resources,
        "CloudTrailEvent": record.text,
    });
    if let Some(fields) = event.as_object_mut() {
        for (name, value) in [
            ("AccessKeyId", &record.access_key_id),
            ("Username", &record.username),
        ] {
            if let Some(value) = value {
                fields.insert(name.to_owned(), json!(value));
            }
        }
    }
    event
}

/// Seconds since the epoch.
fn time(seconds: f64) -> Option<Timestamp> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(duration).ok()
}

fn read_token(token: &str) -> Result<String, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(bad_token)
}

fn bad_token() -> ApiError {
    ApiError::new(400, "InvalidNextTokenException", "Invalid NextToken")
}

fn bad_range() -> ApiError {
    ApiError::new(
        400,
        "InvalidTimeRangeException",
        "The start time must be before the end time.",
    )
}

const KEYS: &[&str] = &[
    "AccessKeyId",
    "EventId",
    "EventName",
    "EventSource",
    "ReadOnly",
    "ResourceName",
    "ResourceType",
    "Username",
];
const MOST: usize = 50;
const DAYS: SignedDuration = SignedDuration::from_hours(90 * 24);
