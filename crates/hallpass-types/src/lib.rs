//! The words every floor of hallpass speaks.
//!
//! **Invariants.** A value that exists is valid: identifiers with rules are newtypes built by parsing.
//! Secrets are wrapped in [`Secret`] and can be neither printed nor serialized by accident. Time and
//! chance are arguments ([`Clock`], [`Chance`]), never globals.
//!
//! **Not here.** I/O, policy, tokens: this crate knows how things are named, not what they mean.

mod account;
mod arn;
mod audience;
mod chance;
mod clock;
mod issuer;
mod kubernetes;
mod partition;
mod region;
mod secret;

pub use account::{AccountId, AccountIdError};
pub use arn::{Arn, ArnError};
pub use audience::STS_AUDIENCE;
pub use chance::Chance;
pub use clock::{Clock, SystemClock};
pub use issuer::{IssuerUrl, IssuerUrlError};
pub use jiff::Timestamp;
pub use kubernetes::{ServiceAccountName, ServiceAccountNameError};
pub use partition::{Partition, UnknownPartition};
pub use region::{Region, RegionError};
pub use secret::Secret;
