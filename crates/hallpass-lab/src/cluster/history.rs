//! What has happened to the cluster's objects of late: the source of watches, and of lists at an
//! earlier version.
//!
//! Changes enter in the order of their versions, under the store's lock, and are shown once they are
//! on disk: what a client has seen, a crash does not take back. The past is bounded, in events and in
//! bytes; who asks for more of it hears that it is gone.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (efficient detection of changes,
//! "410 Gone" responses).

mod happening;
mod progress;
mod ring;

pub(super) use happening::Happening;
pub(super) use ring::{History, TooOld};
