//! Exit codes: an interface, never renumbered.

/// Yes, done, held.
pub(crate) const DONE: u8 = 0;
/// The answer is no: denied, a finding, drift, a broken link.
pub(crate) const NO: u8 = 1;
/// The command or its input cannot be used.
pub(crate) const USAGE: u8 = 2;
/// We could not find out: the remote refused or was not there.
pub(crate) const UNKNOWN: u8 = 3;
/// Our bug.
pub(crate) const BUG: u8 = 70;
