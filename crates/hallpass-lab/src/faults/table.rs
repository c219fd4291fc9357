//! The faults in force, and which call each of them hits.
//!
//! Which calls a rate hits follows from the seed, the fault and the number of the call alone: with the
//! same seed, the same sequence of calls sees the same faults, whatever other services are asked
//! meanwhile.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hallpass_types::Clock as _;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wish::{FaultWish, Frequency, Shape};
use crate::clock::LabClock;
use crate::events::{EventLog, FaultEvent};

/// An error that a service shows in its own words.
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

impl FaultKind {
    const fn shape(self) -> Shape {
        match self {
            Self::InternalFailure => Shape::InternalFailure,
            Self::Throttle => Shape::Throttle,
            Self::Unavailable => Shape::Unavailable,
        }
    }
}

/// What happens to a call's connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Disturbance {
    pub(super) delay: Option<Duration>,
    pub(super) is_reset: bool,
    pub(super) is_halved: bool,
}

/// The faults in force.
#[derive(Debug)]
pub(crate) struct Faults {
    table: Mutex<Table>,
    clock: Arc<LabClock>,
    log: EventLog,
}

#[derive(Debug)]
struct Table {
    seed: u64,
    entries: BTreeMap<(String, &'static str), Entry>,
}

#[derive(Debug)]
struct Entry {
    wish: FaultWish,
    /// Calls that could have been hit.
    asked: u64,
    /// Calls that were hit.
    hit: u64,
}

impl Faults {
    /// Those that the lab is started with.
    pub(crate) fn new(
        seed: u64,
        wishes: &[FaultWish],
        clock: Arc<LabClock>,
        log: EventLog,
    ) -> Self {
        let faults = Self {
            table: Mutex::new(Table {
                seed,
                entries: BTreeMap::new(),
            }),
            clock,
            log,
        };
        for wish in wishes.iter().filter(|wish| !wish.is_rotation()) {
            faults.ask(wish.clone());
        }
        faults
    }

    /// Puts a fault in force; one of the same service and kind is replaced, and counted anew.
    pub(crate) fn ask(&self, wish: FaultWish) {
        let key = (wish.service.clone(), wish.shape.name());
        let entry = Entry {
            wish,
            asked: 0,
            hit: 0,
        };
        self.with(|table| table.entries.insert(key, entry));
    }

    /// Draws from another seed from here on; all faults are counted anew.
    pub(crate) fn set_seed(&self, seed: u64) {
        self.with(|table| {
            table.seed = seed;
            for entry in table.entries.values_mut() {
                (entry.asked, entry.hit) = (0, 0);
            }
        });
    }

    /// Lets the next `calls` calls of `service` fail; none ends all of the service's faults.
    pub(crate) fn set(&self, service: &str, kind: FaultKind, calls: u32) {
        if calls == 0 {
            self.clear(Some(service), None);
        } else {
            self.ask(FaultWish {
                service: service.to_owned(),
                shape: kind.shape(),
                frequency: Frequency::Calls(calls),
            });
        }
    }

    /// Ends faults: of that service and that kind where they are named, else all; tells how many.
    pub(crate) fn clear(&self, service: Option<&str>, kind: Option<&str>) -> usize {
        self.with(|table| {
            let before = table.entries.len();
            table.entries.retain(|(of, name), _| {
                service.is_some_and(|service| service != of)
                    || kind.is_some_and(|kind| kind != *name)
            });
            before - table.entries.len()
        })
    }

    /// What is in force, and how often it has shown.
    pub(crate) fn list(&self) -> Value {
        self.with(|table| {
            let faults: Vec<Value> = table
                .entries
                .values()
                .map(|entry| {
                    json!({
                        "fault": entry.wish.to_string(),
                        "service": entry.wish.service,
                        "kind": entry.wish.shape.name(),
                        "calls": entry.asked,
                        "hit": entry.hit,
                    })
                })
                .collect();
            json!({ "seed": table.seed, "faults": faults })
        })
    }

    /// The error that the present call of `service` must show.
    pub(crate) fn take(&self, service: &str) -> Option<FaultKind> {
        [
            FaultKind::InternalFailure,
            FaultKind::Throttle,
            FaultKind::Unavailable,
        ]
        .into_iter()
        .find(|kind| self.hits(service, kind.shape().name()).is_some())
    }

    /// What happens to the connection of the present call of `service`.
    pub(super) fn disturbance(&self, service: &str, is_for_keys: bool) -> Disturbance {
        let delay = match self.hits(service, "latency") {
            Some(Shape::Latency(delay)) => Some(delay),
            _ => None,
        };
        let is_unreachable = is_for_keys && self.hits(service, "jwks-unreachable").is_some();
        Disturbance {
            delay,
            is_reset: is_unreachable || self.hits(service, "reset").is_some(),
            is_halved: self.hits(service, "half-response").is_some(),
        }
    }

    /// How far the service's clock is off.
    pub(crate) fn skew(&self, service: &str) -> SignedDuration {
        match self.find(service, "clock-skew") {
            Some(Shape::ClockSkew(skew)) => skew,
            _ => SignedDuration::ZERO,
        }
    }

    /// Whether the service offers TLS under an expired certificate.
    pub(crate) fn has_expired_certificate(&self, service: &str) -> bool {
        self.find(service, "expired-certificate").is_some()
    }

    fn find(&self, service: &str, kind: &'static str) -> Option<Shape> {
        self.with(|table| {
            if table.entries.is_empty() {
                return None;
            }
            [service, "*"].iter().find_map(|of| {
                let entry = table.entries.get(&((*of).to_owned(), kind))?;
                Some(entry.wish.shape)
            })
        })
    }

    /// The fault of that kind, if it hits the present call; that is logged.
    fn hits(&self, service: &str, kind: &'static str) -> Option<Shape> {
        let wish = self.with(|table| table.hit(service, kind))?;
        self.log.add_fault(FaultEvent::new(
            self.clock.now(),
            service.to_owned(),
            wish.to_string(),
        ));
        Some(wish.shape)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Table {
    fn hit(&mut self, service: &str, kind: &'static str) -> Option<FaultWish> {
        // Nearly always there are none, and a call then costs no allocation.
        if self.entries.is_empty() {
            return None;
        }
        let seed = self.seed;
        for of in [service, "*"] {
            let key = (of.to_owned(), kind);
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            let number = entry.asked;
            entry.asked += 1;
            let hits = match entry.wish.frequency {
                Frequency::Always | Frequency::Calls(_) => true,
                Frequency::Rate(rate) => draw(seed, &entry.wish, number) < rate,
            };
            if !hits {
                continue;
            }
            entry.hit += 1;
            let wish = entry.wish.clone();
            if matches!(wish.frequency, Frequency::Calls(calls) if entry.hit >= u64::from(calls)) {
                self.entries.remove(&key);
            }
            return Some(wish);
        }
        None
    }
}

/// A number from 0 up to 1, which follows from its arguments.
fn draw(seed: u64, wish: &FaultWish, number: u64) -> f64 {
    let mut name = Fnv(FNV_OFFSET);
    name.write(wish.service.as_bytes());
    name.write(wish.shape.name().as_bytes());
    let state = seed ^ name.finish();
    // SplitMix64 (Steele, Lea, Flood 2014), at its `number`th step.
    let mut mixed = state.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // The upper 32 bits: a float has all of them exactly.
    f64::from(u32::try_from(mixed >> 32).unwrap_or_default()) / 4_294_967_296.0
}

/// FNV-1a: the standard library's hasher is not the same in each release.
struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

#[cfg(test)]
mod tests {
    use super::*;

    fn table(seed: u64, wishes: &[&str]) -> Table {
        let mut entries = BTreeMap::new();
        for wish in wishes {
            let wish: FaultWish = wish.parse().unwrap();
            let key = (wish.service.clone(), wish.shape.name());
            entries.insert(
                key,
                Entry {
                    wish,
                    asked: 0,
                    hit: 0,
                },
            );
        }
        Table { seed, entries }
    }

    #[test]
    fn a_fault_shows_as_often_as_asked() {
        let mut table = table(0, &["sts:throttle:2x"]);
        assert!(table.hit("iam", "throttle").is_none());
        assert!(table.hit("sts", "reset").is_none());
        assert!(table.hit("sts", "throttle").is_some());
        assert!(table.hit("sts", "throttle").is_some());
        assert!(table.hit("sts", "throttle").is_none());
        assert!(table.entries.is_empty());
    }

    #[test]
    fn the_same_seed_draws_the_same_calls() {
        let hits = |seed, between: usize| {
            let mut table = table(seed, &["sts:throttle:0.3", "iam:throttle:0.3"]);
            (0..200)
                .map(|_| {
                    for _ in 0..between {
                        let _ = table.hit("iam", "throttle");
                    }
                    table.hit("sts", "throttle").is_some()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(7, 0), hits(7, 0));
        assert_eq!(hits(7, 0), hits(7, 3), "other services do not matter");
        assert_ne!(hits(7, 0), hits(8, 0));
    }

    #[test]
    fn a_rate_is_kept_over_many_calls() {
        for (rate, low, high) in [
            ("0.1", 800, 1200),
            ("0.5", 4700, 5300),
            ("1", 10_000, 10_000),
        ] {
            let mut table = table(1, &[&format!("*:reset:{rate}")]);
            let hit = (0..10_000)
                .filter(|_| table.hit("ecr", "reset").is_some())
                .count();
            assert!((low..=high).contains(&hit), "{rate}: {hit}");
        }
    }
}
