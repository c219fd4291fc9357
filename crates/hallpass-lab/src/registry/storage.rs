//! Blobs and uploads on disk.
//!
//! A blob is `registry/blobs/sha256/ab/abcd...`. It comes there by a rename of a file that is complete,
//! verified and flushed, and the store learns of it only afterwards: so what the store knows is there,
//! and what a crash leaves over is known to nobody and is removed at the next start. An upload is a
//! file in `registry/uploads`; the state of its hash lives in memory only, so that no upload outlives
//! the process.

mod disk;
mod upload;
mod uploads;

pub(super) use disk::MAX_BLOB_BYTES;
pub(crate) use disk::Storage;
pub(super) use uploads::{Held, NoUpload};
