//! The newest records, in memory, for `LookupEvents`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hallpass_types::{AccountId, Timestamp};
use serde_json::Value;

/// A record, and what it is looked up by.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) account: AccountId,
    pub(super) time: Timestamp,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) username: Option<String>,
    pub(super) access_key_id: Option<String>,
    pub(super) is_read_only: bool,
    pub(super) resources: Vec<(Option<String>, String)>,
    /// The record as JSON.
    pub(super) text: String,
}

impl Kept {
    /// Keeps a record.
    pub(super) fn new(
        account: AccountId,
        username: Option<String>,
        access_key_id: Option<String>,
        record: &Value,
    ) -> Self {
        let text = |name: &str| {
            let found = record.get(name).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let resources = record.get("resources").and_then(Value::as_array);
        let resources = resources.into_iter().flatten().filter_map(|one| {
            let kind = one.get("type").and_then(Value::as_str);
            let arn = one.get("ARN").and_then(Value::as_str)?;
            Some((kind.map(str::to_owned), arn.to_owned()))
        });
        Self {
            account,
            time: text("eventTime").parse().unwrap_or(Timestamp::UNIX_EPOCH),
            id: text("eventID"),
            name: text("eventName"),
            source: text("eventSource"),
            username,
            access_key_id,
            is_read_only: record.get("readOnly") == Some(&Value::Bool(true)),
            resources: resources.collect(),
            text: record.to_string(),
        }
    }

    /// A record that was written in an earlier run.
    pub(super) fn read(record: &Value) -> Option<Self> {
        let text = |pointer: &str| {
            let found = record.pointer(pointer).and_then(Value::as_str);
            found.map(str::to_owned)
        };
        let account = text("/recipientAccountId")?.parse().ok()?;
        let session =
            text("/userIdentity/arn").and_then(|arn| Some(arn.rsplit('/').next()?.to_owned()));
        let username = session.or_else(|| text("/userIdentity/userName"));
        let key = text("/userIdentity/accessKeyId");
        Some(Self::new(account, username, key, record))
    }
}

/// The newest records, the newest last.
#[derive(Debug, Default)]
pub(super) struct Ring(Mutex<VecDeque<Arc<Kept>>>);

impl Ring {
    /// Adds a record; the oldest goes where there are too many.
    pub(super) fn add(&self, record: Arc<Kept>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == MOST {
            all.pop_front();
        }
        all.push_back(record);
    }

    /// The records of an account, the newest first.
    pub(super) fn of(&self, account: AccountId) -> Vec<Arc<Kept>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = all.iter().rev().filter(|record| record.account == account);
        of.cloned().collect()
    }
}

// At a kilobyte and a half a record, some six megabytes; the files hold more.
pub(super) const MOST: usize = 4000;
