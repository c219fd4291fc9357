//! What the lab's GitHub holds in memory beside the store.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use hallpass_types::Timestamp;

use super::keys::KeyRing;
use crate::error::LabError;

/// Keys in force, and how often each caller has called within the hour.
#[derive(Debug)]
pub(crate) struct GithubMemory {
    /// Where the API listens.
    pub(super) address: SocketAddr,
    keys: ArcSwapOption<KeyRing>,
    /// Held while keys are rotated.
    pub(super) rotation: tokio::sync::Mutex<()>,
    quotas: Mutex<BTreeMap<String, Quota>>,
}

/// How often somebody has called, and until when that counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    /// Calls so far.
    pub(super) used: u64,
    /// When counting starts anew.
    pub(super) reset: i64,
}

impl GithubMemory {
    /// Nothing yet.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            keys: ArcSwapOption::empty(),
            rotation: tokio::sync::Mutex::default(),
            quotas: Mutex::default(),
        }
    }

    /// The base of the API's and the server's URLs.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn keys(&self) -> Result<Arc<KeyRing>, LabError> {
        self.keys.load_full().ok_or_else(|| LabError::Key {
            reason: "GitHub's signing key is not there yet".to_owned(),
        })
    }

    pub(super) fn set_keys(&self, keys: KeyRing) {
        self.keys.store(Some(Arc::new(keys)));
    }

    /// Counts a call of `caller`.
    pub(super) fn count(&self, caller: &str, now: Timestamp) -> Quota {
        let now = now.as_second();
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        if quotas.len() >= MAX_CALLERS {
            quotas.retain(|_, quota| quota.reset > now);
        }
        let quota = quotas.entry(caller.to_owned()).or_insert(Quota {
            used: 0,
            reset: now.saturating_add(HOUR),
        });
        if quota.reset <= now {
            *quota = Quota {
                used: 0,
                reset: now.saturating_add(HOUR),
            };
        }
        quota.used = quota.used.saturating_add(1);
        *quota
    }
}

const HOUR: i64 = 3600;
// One a job in progress, and a few people.
const MAX_CALLERS: usize = 4096;
