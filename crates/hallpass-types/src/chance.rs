//! Randomness as an argument.

/// A source of random bytes.
///
/// Production code passes the operating system's; tests pass a seeded one, so that every identifier
/// and key of a failing run can be made again.
pub trait Chance: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}
