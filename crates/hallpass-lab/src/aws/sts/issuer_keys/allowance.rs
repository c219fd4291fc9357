//! How often an issuer is asked: at once after a key was rotated, but never in a flood.
//!
//! Whoever has the name of a registered issuer can send tokens with keys that it never had. Each
//! might be a key just rotated in, so each is worth a question; a bucket of questions bounds them.

use hallpass_types::Timestamp;

/// Questions that may still be asked.
#[derive(Debug)]
pub(super) struct Allowance {
    left: i64,
    filled: Timestamp,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            left: BURST,
            filled: Timestamp::UNIX_EPOCH,
        }
    }
}

impl Allowance {
    /// Takes one, if one is left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let seconds = now.duration_since(self.filled).as_secs();
        if seconds != 0 {
            // A clock that was set back gives nothing, and does not stop the filling for ever.
            self.left = self.left.saturating_add(seconds.max(0)).min(BURST);
            self.filled = now;
        }
        let is_left = self.left > 0;
        if is_left {
            self.left -= 1;
        }
        is_left
    }
}

/// Rotations in quick succession, as tests of clients make them, each find their key; after that one
/// question a second goes out, so even in a flood a rotation is seen within a second.
const BURST: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_by_one_a_second_up_to_its_size() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut allowance = Allowance::default();
        let mut taken = |second| (0..100).filter(|_| allowance.take(at(second))).count();
        assert_eq!(taken(1_750_000_000), 10);
        assert_eq!(taken(1_750_000_000), 0);
        assert_eq!(taken(1_750_000_003), 3);
        assert_eq!(taken(1_750_009_999), 10);
        assert_eq!(taken(1_700_000_000), 0, "the clock was set back");
        assert_eq!(taken(1_700_000_001), 1);
    }
}
