//! The lab's clock: the machine's, shifted by as much as somebody has asked for.
//!
//! What the lab issues, and what it finds expired, goes by this clock: tokens, sessions, logins, the
//! times in objects and events. Clients go on by their own. So what *they* date is held against the
//! machine's clock: signatures (SigV4 grants five minutes), and certificates, which they verify.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hallpass_types::{Clock, Timestamp};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::parse_duration;
use crate::store::records::Setting;
use crate::store::{Store, StoreFailed};

/// The lab's clock.
pub(crate) struct LabClock {
    machine: Arc<dyn Clock>,
    /// In milliseconds.
    shift: AtomicI64,
}

impl LabClock {
    /// The clock as the store has it, or the machine's.
    pub(crate) fn open(store: &Store, machine: Arc<dyn Clock>) -> Self {
        let shift = store.read(|state| state.settings.get(SETTING)?.value.parse().ok());
        Self {
            machine,
            shift: AtomicI64::new(shift.unwrap_or_default()),
        }
    }

    /// The machine's clock, unturned.
    #[cfg(test)]
    pub(crate) fn unturned(machine: Arc<dyn Clock>) -> Self {
        Self {
            machine,
            shift: AtomicI64::new(0),
        }
    }

    /// The machine's clock, by which certificates go.
    pub(crate) fn machine(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.machine)
    }

    /// The machine's time, by which clients sign.
    pub(crate) fn machine_now(&self) -> Timestamp {
        self.machine.now()
    }

    /// How far the lab is ahead of the machine.
    pub(crate) fn shift(&self) -> SignedDuration {
        SignedDuration::from_millis(self.shift.load(Ordering::Relaxed))
    }

    /// What it shows, for the control interface.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "lab": self.now(),
            "machine": self.machine_now(),
            "shift": format!("{:#}", self.shift()),
            "shiftMillis": self.shift.load(Ordering::Relaxed),
        })
    }

    /// Sets how far the lab is ahead, and keeps it; refuses what leads out of the years 1970 to 2200,
    /// in which everything that has a time can be written.
    pub(crate) async fn set_shift(
        &self,
        store: &Store,
        shift: SignedDuration,
    ) -> Result<(), ClockError> {
        let millis = i64::try_from(shift.as_millis()).map_err(|_| ClockError::OutOfRange)?;
        let target = self
            .machine_now()
            .checked_add(shift)
            .map_err(|_| ClockError::OutOfRange)?;
        if !(EARLIEST..LATEST).contains(&target.as_second()) {
            return Err(ClockError::OutOfRange);
        }
        store
            .write(|tx| {
                tx.put(Setting {
                    name: SETTING.to_owned(),
                    value: millis.to_string(),
                });
                Ok::<_, ClockError>(())
            })
            .await?;
        self.shift.store(millis, Ordering::Relaxed);
        Ok(())
    }
}

impl Clock for LabClock {
    fn now(&self) -> Timestamp {
        moved(self.machine.now(), self.shift())
    }
}

impl std::fmt::Debug for LabClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LabClock")
            .field("shift", &self.shift)
            .finish_non_exhaustive()
    }
}

/// How the lab's clock is to be turned.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClockWish {
    /// By a duration, from where it is.
    By(String),
    /// Back to the machine's.
    Reset,
    /// To a time.
    Set(Timestamp),
}

impl ClockWish {
    /// Turns the clock.
    pub(crate) async fn carry_out(self, clock: &LabClock, store: &Store) -> Result<(), ClockError> {
        let shift = match self {
            Self::By(text) => {
                let by = parse_duration(&text).ok_or(ClockError::Duration { text })?;
                clock
                    .shift()
                    .checked_add(by)
                    .ok_or(ClockError::OutOfRange)?
            }
            Self::Reset => SignedDuration::ZERO,
            Self::Set(time) => time.duration_since(clock.machine_now()),
        };
        clock.set_shift(store, shift).await
    }
}

/// A time moved by a duration; unmoved where that would leave the calendar.
pub(crate) fn moved(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}

/// Why the clock stays as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClockError {
    /// The duration is none.
    #[error("`{text}` is no duration: write one such as `+1h`, `-5m` or `2d`")]
    Duration {
        /// What was written.
        text: String,
    },
    /// The time would be none that the lab can write.
    #[error("the lab's clock must stay between the years 1970 and 2200")]
    OutOfRange,
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreFailed),
}

const SETTING: &str = "clock-shift";
const EARLIEST: i64 = 0;
// 2200-01-01T00:00:00Z.
const LATEST: i64 = 7_258_118_400;
