//! The registry: OCI distribution 1.1 in front of ECR's repositories, images and layers.
//!
//! **Invariants.** Each request is authorised as the ECR action that AWS maps it to, by the login's
//! holder and the holder's policies of that moment. A repository serves only what was pushed to it or
//! mounted into it. A blob stands under its digest whole, verified and flushed, or not at all.
//!
//! Source: OCI Distribution Specification 1.1; Amazon ECR User Guide, "Private registry
//! authentication" and "IAM permissions for pushing an image".

mod answer;
mod blobs;
mod digest;
mod download;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod images;
mod login;
mod manifest;
mod manifests;
mod names;
mod range;
mod receive;
mod referrers;
mod route;
mod router;
mod storage;
mod tags;
mod uploads;

pub(crate) use blobs::held as held_blob;
pub(crate) use digest::Digest;
pub(crate) use download::url as download_url;
pub(crate) use images::{Deleted, NewImage, Put, delete, find, images_of, put};
pub(crate) use login::issue as issue_login;
pub(crate) use manifest::Manifest;
pub(crate) use manifests::{MAX_MANIFEST_BYTES, note_pull};
pub(crate) use names::{Reference, RepositoryName, Tag};
pub(crate) use referrers::{annotations_of, referrers_of};
pub(crate) use router::router;
pub(crate) use storage::Storage;
pub(crate) use uploads::{
    append, begin as begin_upload, finish as finish_upload, hold as hold_upload,
};
