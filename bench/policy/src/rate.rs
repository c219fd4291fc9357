//! How often a second work can be done.

use std::time::{Duration, Instant};

/// Repetitions a second, in the best of some batches: what disturbs a batch only ever slows it.
pub fn per_second(work: &mut dyn FnMut()) -> f64 {
    let mut batch = 1_u32;
    while taken(work, batch) < BATCH {
        batch *= 2;
    }
    let best = (0..BATCHES).map(|_| taken(work, batch)).min();
    best.map_or(0.0, |best| f64::from(batch) / best.as_secs_f64())
}

/// The high-water mark of the resident set, in MiB.
pub fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

fn taken(work: &mut dyn FnMut(), count: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    start.elapsed()
}

const BATCH: Duration = Duration::from_millis(10);
const BATCHES: u32 = 20;
