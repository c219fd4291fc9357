//! A clock that the demo turns forward, for the lab and its clients alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use hallpass_types::{Clock, SystemClock, Timestamp};

/// The machine's clock, and some seconds more.
#[derive(Clone, Debug, Default)]
pub(crate) struct DemoClock(Arc<AtomicI64>);

impl DemoClock {
    /// Lets that many seconds pass at once.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        Timestamp::new(
            now.as_second() + self.0.load(Ordering::SeqCst),
            now.subsec_nanosecond(),
        )
        .unwrap_or(now)
    }
}

impl TimeSource for DemoClock {
    fn now(&self) -> SystemTime {
        let now = Clock::now(self);
        SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_second().unsigned_abs())
    }
}
