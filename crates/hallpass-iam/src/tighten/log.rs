//! What was used, gathered from many events.

use std::collections::{BTreeMap, BTreeSet};

use hallpass_types::Timestamp;
use serde_json::Value;

use super::{lab, record};

/// Whose events count, and since when.
#[derive(Clone, Debug, Default)]
pub struct UseFilter {
    /// The ARN of a user, role or session, or the name of a role; absent means anyone.
    pub principal: Option<String>,
    /// Earlier events are left out.
    pub since: Option<Timestamp>,
}

/// What was used.
#[derive(Clone, Debug, Default)]
pub struct UseLog {
    /// How often each action was used on each resource.
    pub(super) uses: BTreeMap<Used, u64>,
    /// What no event shows, and a seen call needs: `iam:PassRole`.
    pub(super) implied: BTreeSet<Used>,
    /// Events that count.
    pub(super) events: u64,
    /// Calls that were refused: no use.
    pub(super) refused: u64,
    /// Events of others, or too early.
    pub(super) left_out: u64,
    /// Events that are no calls, and calls that map to no known action.
    pub(super) unmapped: BTreeMap<String, u64>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) callers: BTreeSet<String>,
    pub(super) regions: BTreeSet<String>,
    pub(super) has_data_events: bool,
    pub(super) has_read_events: bool,
    /// Whether it is the lab's log, which has every decision.
    pub(super) is_of_lab: bool,
}

/// An action that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Used {
    /// The action.
    pub action: String,
    /// On what; absent where the event does not tell.
    pub resource: Option<String>,
}

impl UseLog {
    /// Adds what a document tells: a file of CloudTrail's (`Records`), the answer of `LookupEvents`
    /// (`Events`), a single record, or a line of the lab's event log. Whether it is one of these.
    pub fn add(&mut self, document: &Value, filter: &UseFilter) -> bool {
        if let Some(records) = document.get("Records").and_then(Value::as_array) {
            for record in records {
                record::add(self, record, filter);
            }
            return true;
        }
        if let Some(events) = document.get("Events").and_then(Value::as_array) {
            let texts = events
                .iter()
                .filter_map(|event| event.get("CloudTrailEvent"));
            for text in texts.filter_map(Value::as_str) {
                match serde_json::from_str(text) {
                    Ok(record) => record::add(self, &record, filter),
                    Err(_) => self.note_unmapped("an event that is no JSON"),
                }
            }
            return true;
        }
        if record::is_record(document) {
            record::add(self, document, filter);
            return true;
        }
        lab::add(self, document, filter)
    }

    /// How many events count.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// How many calls were refused.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// How many events the filter left out.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What was used, with how often.
    pub fn uses(&self) -> impl Iterator<Item = (&Used, u64)> {
        self.uses.iter().map(|(used, count)| (used, *count))
    }

    /// Notes an event that counts.
    pub(super) fn note(&mut self, time: Option<Timestamp>, caller: &str) {
        self.events += 1;
        self.first = self.first.into_iter().chain(time).min();
        self.last = self.last.into_iter().chain(time).max();
        if self.callers.len() < MAX_CALLERS {
            self.callers.insert(caller.to_owned());
        }
    }

    pub(super) fn note_use(&mut self, action: &str, resource: Option<&str>) {
        let used = Used {
            action: action.to_owned(),
            resource: resource.map(str::to_owned),
        };
        *self.uses.entry(used).or_default() += 1;
    }

    pub(super) fn note_unmapped(&mut self, what: &str) {
        *self.unmapped.entry(what.to_owned()).or_default() += 1;
    }
}

impl UseFilter {
    /// Whether events of these principals count; they are one caller's: its session and its role.
    pub(super) fn is_of(&self, principals: &[&str]) -> bool {
        self.principal.as_ref().is_none_or(|wanted| {
            principals.iter().any(|found| {
                found == wanted || (!wanted.contains(':') && role_name(found) == Some(wanted))
            })
        })
    }

    /// Whether events of the time count.
    pub(super) fn is_since(&self, time: Option<Timestamp>) -> bool {
        match (self.since, time) {
            (Some(since), Some(time)) => time >= since,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// The name of the role in a role's or a session's ARN, or of the user in a user's.
fn role_name(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    match resource.split_once('/')? {
        ("role" | "user", path) => path.rsplit('/').next(),
        ("assumed-role", session) => session.split('/').next(),
        _ => None,
    }
}

// Enough to say that there are many.
const MAX_CALLERS: usize = 1000;
