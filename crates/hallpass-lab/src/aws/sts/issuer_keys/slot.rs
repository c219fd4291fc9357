//! One issuer's keys: kept until they are old or lack a key, and fetched by one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use hallpass_oidc::KeySet;
use hallpass_types::Timestamp;
use jiff::SignedDuration;
use tokio::sync::Mutex;

use super::allowance::Allowance;
use super::error::FetchError;

/// The keys of one issuer.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Read without a lock: every exchange comes by here.
    kept: ArcSwapOption<Kept>,
    /// Held by whoever fetches; the others wait, and take what was fetched.
    turn: Mutex<Turn>,
    /// How many fetches have begun.
    begun: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    keys: Arc<KeySet>,
    fetched: Timestamp,
}

#[derive(Debug, Default)]
struct Turn {
    allowance: Allowance,
    /// The number of the last fetch that came to an end.
    completed: u64,
    /// Why the last fetch failed, if it did.
    failure: Option<FetchError>,
}

impl Slot {
    /// The kept keys, if they are fresh and the key that is wanted is among them.
    pub(super) fn kept(&self, kid: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        let kept = self.kept.load();
        let kept = kept.as_ref().filter(|kept| kept.is_fresh(now))?;
        // A token that names no key is refused whatever the keys are.
        kid.is_none_or(|kid| kept.keys.has(kid))
            .then(|| Arc::clone(&kept.keys))
    }

    /// When the kept keys were fetched.
    pub(super) fn fetched(&self) -> Option<Timestamp> {
        self.kept.load().as_ref().map(|kept| kept.fetched)
    }

    /// Fetches the keys, or waits for whoever does; the fetch is not begun when it is not needed.
    pub(super) async fn refresh(
        &self,
        kid: Option<&str>,
        now: Timestamp,
        fetch: impl Future<Output = Result<KeySet, FetchError>>,
    ) -> Result<Arc<KeySet>, FetchError> {
        let begun_before = self.begun.load(Ordering::Acquire);
        let mut turn = self.turn.lock().await;
        if let Some(keys) = self.kept(kid, now) {
            return Ok(keys);
        }
        // What another has fetched while we waited is as good as our own, if it began after we came:
        // a fetch that was under way before may have missed a key rotated in since.
        let is_answered = turn.completed > begun_before;
        if (is_answered || !turn.allowance.take(now))
            && let Some(outcome) = self.last_outcome(&turn, now)
        {
            return outcome;
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        // Dropped in the middle, when the client goes away, this leaves everything as it was.
        let outcome = match fetch.await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.kept.store(Some(Arc::new(Kept {
                    keys: Arc::clone(&keys),
                    fetched: now,
                })));
                turn.failure = None;
                Ok(keys)
            }
            // What is kept stays: a failure to learn more does not make it wrong.
            Err(failure) => {
                turn.failure = Some(failure.clone());
                Err(failure)
            }
        };
        turn.completed = number;
        outcome
    }

    /// What the last fetch gave, if that is still worth something.
    fn last_outcome(&self, turn: &Turn, now: Timestamp) -> Option<Result<Arc<KeySet>, FetchError>> {
        match &turn.failure {
            Some(failure) => Some(Err(failure.clone())),
            None => self.kept(None, now).map(Ok),
        }
    }
}

impl Kept {
    /// The request's time may be a little before that of the fetch, which another request made.
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.fetched).abs() < MAX_AGE
    }
}

/// How long a key that was withdrawn goes on verifying at most.
///
/// AWS does not say how long it keeps keys; it keeps them, even those of issuers that forbid it by
/// `Cache-Control` (AWS to GitLab, merge request 138405), so that header is not read here. Clusters
/// let their keys be kept for an hour; a quarter of that is soon enough for a lab to notice.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(15);
