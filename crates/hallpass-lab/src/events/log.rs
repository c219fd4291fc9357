//! Events, and the handle that takes them.

use std::path::Path;
use std::sync::mpsc;

use hallpass_types::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::writer;
use crate::error::LabError;

/// One call.
#[derive(Debug, Serialize)]
pub(crate) struct Event {
    /// When the lab answered.
    pub(crate) time: Timestamp,
    /// The request's ID, as the response carries it.
    #[serde(rename = "requestId")]
    pub(crate) request_id: String,
    /// `sts`, `iam`, `ecr`, `registry`, `kubernetes`.
    pub(crate) service: &'static str,
    /// The operation, such as `AssumeRoleWithWebIdentity`.
    pub(crate) operation: String,
    /// Who called: an ARN, or the provider and subject of a web identity; absent when unknown.
    pub(crate) caller: Option<String>,
    /// The access key that signed.
    #[serde(rename = "accessKeyId", skip_serializing_if = "Option::is_none")]
    pub(crate) access_key_id: Option<String>,
    /// From where.
    #[serde(rename = "sourceIp")]
    pub(crate) source_ip: String,
    /// The client, as it names itself; bounded.
    #[serde(rename = "userAgent", skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    /// Each decision that the call took, in order.
    pub(crate) decisions: Vec<DecisionRecord>,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The error that went out, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<EventError>,
}

/// One decision of the policy engine.
#[derive(Debug, Serialize)]
pub(crate) struct DecisionRecord {
    /// The action.
    pub(crate) action: String,
    /// The resource's ARN, or `*`.
    pub(crate) resource: String,
    /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
    pub(crate) decision: &'static str,
    /// One sentence.
    pub(crate) summary: String,
    /// Statement by statement.
    pub(crate) explanation: Value,
}

/// The error that the caller saw, and what the lab knows besides.
#[derive(Debug, Serialize)]
pub(crate) struct EventError {
    /// AWS's code.
    pub(crate) code: String,
    /// The message on the wire.
    pub(crate) message: String,
    /// What the wire does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// A fault that showed. Its line stands before that of the call that it hit, if that came to be one.
#[derive(Debug, Serialize)]
pub(crate) struct FaultEvent {
    time: Timestamp,
    service: String,
    operation: &'static str,
    fault: String,
    // What readers look for on each line: no request, no answer, no decision.
    #[serde(rename = "requestId")]
    request_id: &'static str,
    status: u16,
    decisions: [DecisionRecord; 0],
}

impl FaultEvent {
    /// At `time`, `service` showed `fault`.
    pub(crate) const fn new(time: Timestamp, service: String, fault: String) -> Self {
        Self {
            time,
            service,
            operation: "fault",
            fault,
            request_id: "",
            status: 0,
            decisions: [],
        }
    }
}

/// A line of the log.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A call.
    Call(Box<Event>),
    /// A fault.
    Fault(FaultEvent),
}

/// The client's name for itself, no longer than any honest one.
pub(crate) fn bounded_user_agent(text: &str) -> String {
    text.chars().take(MAX_USER_AGENT).collect()
}

/// Takes events; a thread of its own writes them.
#[derive(Clone, Debug)]
pub(crate) struct EventLog {
    queue: mpsc::SyncSender<Line>,
}

impl EventLog {
    /// Opens the log in `folder`.
    pub(crate) fn open(folder: &Path) -> Result<Self, LabError> {
        let (queue, events) = mpsc::sync_channel(QUEUE);
        writer::start(folder, events)?;
        Ok(Self { queue })
    }

    /// A log that keeps nothing.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self {
            queue: mpsc::sync_channel(1).0,
        }
    }

    /// Adds an event; waits when the writer is behind, so that the queue stays bounded.
    pub(crate) fn add(&self, event: Event) {
        // The send fails only when the writer is gone, as at the end of the process.
        let _ = self.queue.send(Line::Call(Box::new(event)));
    }

    /// Adds a fault.
    pub(crate) fn add_fault(&self, fault: FaultEvent) {
        let _ = self.queue.send(Line::Fault(fault));
    }
}

/// The file of the newest events.
pub const EVENT_FILE: &str = "events.jsonl";

// Enough for a burst; at a few kilobytes an event the queue stays within some ten megabytes.
const QUEUE: usize = 2048;
// The SDKs' longest, with all their features told, is below 300.
const MAX_USER_AGENT: usize = 512;
