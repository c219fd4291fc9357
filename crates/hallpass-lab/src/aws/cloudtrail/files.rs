//! Record files: gzip, laid out as CloudTrail lays them out in a bucket, below `cloudtrail/` of the lab's
//! folder.
//!
//! A file is written anew, whole and under another name first, until it is five minutes old or has a
//! thousand records: who reads one never sees half of it. Only so many files are kept.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hallpass_types::Timestamp;
use serde_json::Value;

use super::ring::{Kept, MOST};
use crate::files;

/// The file that grows.
#[derive(Debug)]
pub(super) struct OpenFile {
    path: PathBuf,
    since: Timestamp,
    records: Vec<Arc<Kept>>,
    /// Records that are not on disk yet.
    unwritten: usize,
}

impl OpenFile {
    /// A file for the records that come from `first` on.
    pub(super) fn new(root: &Path, first: &Kept, region: &str, unique: &str) -> Self {
        let (account, at) = (first.account, first.time);
        let day = at.strftime("%Y/%m/%d").to_string();
        let minute = at.strftime("%Y%m%dT%H%MZ").to_string();
        let name = format!("{account}_CloudTrail_{region}_{minute}_{unique}.json.gz");
        let folder = root
            .join("AWSLogs")
            .join(account.to_string())
            .join("CloudTrail")
            .join(region);
        Self {
            path: folder.join(day).join(name),
            since: at,
            records: Vec::new(),
            unwritten: 0,
        }
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: Arc<Kept>) {
        self.records.push(record);
        self.unwritten += 1;
    }

    /// Whether another file must take what comes at `time`: also when the clock was turned back.
    pub(super) fn is_over(&self, time: Timestamp) -> bool {
        let age = time.as_second() - self.since.as_second();
        self.records.len() >= MOST_RECORDS || !(0..SECONDS).contains(&age)
    }

    /// Whether so much is waiting that the disk must be brought up to date.
    pub(super) const fn is_behind(&self) -> bool {
        self.unwritten >= MOST_UNWRITTEN
    }

    /// Brings the disk up to date.
    pub(super) fn write(&mut self) -> std::io::Result<()> {
        if self.unwritten == 0 {
            return Ok(());
        }
        self.unwritten = 0;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"{\"Records\":[")?;
        for (index, record) in self.records.iter().enumerate() {
            if index > 0 {
                packed.write_all(b",")?;
            }
            packed.write_all(record.text.as_bytes())?;
        }
        packed.write_all(b"]}")?;
        let bytes = packed.finish()?;
        let folder = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder)?;
        files::write(&self.path, &bytes, 0o600).map_err(std::io::Error::other)
    }
}

/// Removes the oldest files where there are too many, and reads the newest records of the rest.
pub(super) fn open(root: &Path) -> Vec<Kept> {
    let all = kept_files(root);
    let mut records = Vec::new();
    for path in all.iter().rev() {
        if records.len() >= MOST {
            break;
        }
        let mut found = read(path);
        found.append(&mut records);
        records = found;
    }
    records.sort_by_key(|record| record.time);
    records
}

/// Removes the oldest files where there are too many; gives the others, the oldest first.
pub(super) fn kept_files(root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    collect(&root.join("AWSLogs"), 0, &mut all);
    // The name has the minute; the folder only repeats it.
    all.sort_by_key(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.rsplit('_').nth(1).unwrap_or_default().to_owned()
    });
    let doomed = all.len().saturating_sub(MOST_FILES);
    for path in all.drain(..doomed) {
        let _ = fs::remove_file(path);
    }
    all
}

fn collect(folder: &Path, depth: usize, all: &mut Vec<PathBuf>) {
    if depth > MAX_DEPTH {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, depth + 1, all);
        } else if path.to_string_lossy().ends_with(".json.gz") {
            all.push(path);
        }
    }
}

/// The records of a file; none of one that is not the lab's.
fn read(path: &Path) -> Vec<Kept> {
    use std::io::Read as _;
    let Ok(file) = fs::File::open(path) else {
        return Vec::new();
    };
    let mut text = Vec::new();
    let unpacked = GzDecoder::new(file).take(MAX_BYTES).read_to_end(&mut text);
    let document: Value = match unpacked {
        Ok(_) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let records = document.get("Records").and_then(Value::as_array);
    let records = records.into_iter().flatten();
    records.filter_map(Kept::read).collect()
}

// As often as CloudTrail delivers.
const SECONDS: i64 = 300;
const MOST_RECORDS: usize = 1000;
// Under a steady stream a file is written four times.
const MOST_UNWRITTEN: usize = 250;
// Two hundred thousand records, in some ten megabytes.
const MOST_FILES: usize = 200;
// ACCOUNT/CloudTrail/REGION/YYYY/MM/DD below the root.
const MAX_DEPTH: usize = 7;
const MAX_BYTES: u64 = 64 << 20;
