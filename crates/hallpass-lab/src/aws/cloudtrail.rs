//! CloudTrail: what the lab's AWS services were asked, as records of the account.
//!
//! Management events alone, which all calls of STS, IAM, ECR and EKS are. Records are written by a
//! thread of their own: nobody waits for them, as nobody does on AWS.
//!
//! Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element",
//! "Finding your CloudTrail log files"; CloudTrail API Reference, `LookupEvents`.

mod entry;
mod files;
mod identity;
mod lookup;
mod parameters;
mod record;
mod recorder;
mod ring;

pub(crate) use entry::{Entry, Told, WebIdentity};
pub(crate) use lookup::dispatch;
pub(crate) use recorder::Trail;
