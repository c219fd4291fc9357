//! Faults on demand: what a client must survive, served by the lab when it is asked to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What kind of fault a service shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FaultKind {
    /// The service answers 500 `InternalFailure`.
    InternalFailure,
    /// The service answers 400 `Throttling`.
    Throttle,
    /// The service answers 503 `ServiceUnavailable`.
    Unavailable,
}

/// The faults in force, by service, with how many calls are still to fail.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeMap<String, (FaultKind, u32)>>);

impl Faults {
    /// Lets the next `calls` calls of `service` fail; none ends it.
    pub(crate) fn set(&self, service: &str, kind: FaultKind, calls: u32) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls == 0 {
            faults.remove(service);
        } else {
            faults.insert(service.to_owned(), (kind, calls));
        }
    }

    /// The fault that the present call of `service` must show.
    pub(crate) fn take(&self, service: &str) -> Option<FaultKind> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.is_empty() {
            return None;
        }
        let (kind, left) = faults.get_mut(service)?;
        let kind = *kind;
        *left -= 1;
        if *left == 0 {
            faults.remove(service);
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_as_often_as_asked() {
        let faults = Faults::default();
        faults.set("sts", FaultKind::Throttle, 2);
        assert_eq!(faults.take("iam"), None);
        assert_eq!(faults.take("sts"), Some(FaultKind::Throttle));
        assert_eq!(faults.take("sts"), Some(FaultKind::Throttle));
        assert_eq!(faults.take("sts"), None);
    }
}
