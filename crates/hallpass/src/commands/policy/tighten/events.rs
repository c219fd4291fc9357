//! Files of events: read within bounds, plain or gzip.
//!
//! Source: CloudTrail User Guide, "CloudTrail log file examples" (one object with `Records`, gzip) and
//! "CloudTrail quotas" (a log file has at most 50 MB before it is compressed).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use hallpass_iam::{UseFilter, UseLog};
use hallpass_lab::EVENT_FILE;
use serde_json::{Deserializer, Value};

use crate::output::Failure;

/// A file that holds no events.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum EventsError {
    /// It is JSON of another kind.
    #[error("`{name}`: value {number} is no event")]
    #[diagnostic(
        code("events/unknown-form"),
        help(
            "give `CloudTrail`'s log files, records one a line, or what `aws cloudtrail lookup-events --output json` prints"
        )
    )]
    UnknownForm { name: String, number: usize },
    /// It is no JSON.
    #[error("`{name}` is no JSON: {source}")]
    #[diagnostic(
        code("events/not-json"),
        help("give the file as `CloudTrail` wrote it, plain or gzip")
    )]
    NotJson {
        name: String,
        source: serde_json::Error,
    },
    /// It is larger than any file of events.
    #[error("`{name}` has more than {} MiB of events", MAX_BYTES >> 20)]
    #[diagnostic(
        code("events/too-large"),
        help(
            "give the log files one by one, as `CloudTrail` delivers them: `--events` may be repeated"
        )
    )]
    TooLarge { name: String },
    /// It cannot be read.
    #[error("`{}` cannot be read", path.display())]
    #[diagnostic(
        code("events/unreadable"),
        help(
            "name a file of events that you may read, or `-` for standard input; the lab's log is in the folder of `--dir`"
        )
    )]
    Unreadable { path: PathBuf, source: io::Error },
}

/// Adds the events of a file, or of standard input for `-`.
pub(super) fn add(log: &mut UseLog, path: &Path, filter: &UseFilter) -> Result<(), Failure> {
    let name = path.display().to_string();
    let bytes = if path == Path::new("-") {
        bounded(io::stdin().lock(), path)?
    } else {
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        bounded(file, path)?
    };
    add_bytes(log, &name, &bytes, filter)
}

/// Adds what the lab's log has: the newest file, and the one before it.
pub(super) fn add_lab(log: &mut UseLog, folder: &Path, filter: &UseFilter) -> Result<(), Failure> {
    let newest = folder.join(EVENT_FILE);
    let before = newest.with_extension("1.jsonl");
    let paths = [Some(before).filter(|path| path.exists()), Some(newest)];
    for path in paths.into_iter().flatten() {
        let file = File::open(&path).map_err(|source| unreadable(&path, source))?;
        let bytes = bounded(file, &path)?;
        // A running lab may be in the middle of a line.
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap_or_default();
        let whole = bytes.get(..end).unwrap_or_default();
        add_bytes(log, &path.display().to_string(), whole, filter)?;
    }
    Ok(())
}

fn add_bytes(
    log: &mut UseLog,
    name: &str,
    bytes: &[u8],
    filter: &UseFilter,
) -> Result<(), Failure> {
    let values = Deserializer::from_slice(bytes).into_iter::<Value>();
    for (index, value) in values.enumerate() {
        let name = || name.to_owned();
        let value = value.map_err(|source| {
            Failure::usage(EventsError::NotJson {
                name: name(),
                source,
            })
        })?;
        if !log.add(&value, filter) {
            let (name, number) = (name(), index + 1);
            return Err(Failure::usage(EventsError::UnknownForm { name, number }));
        }
    }
    Ok(())
}

/// All bytes, unpacked; neither packed nor unpacked more than a file of events has.
fn bounded(reader: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let packed = read_all(reader, path)?;
    if packed.starts_with(&GZIP) {
        read_all(MultiGzDecoder::new(packed.as_slice()), path)
    } else {
        Ok(packed)
    }
}

fn read_all(reader: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is taken tells that there is more.
    let mut limited = reader.take(MAX_BYTES + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|source| unreadable(path, source))?;
    if bytes.len() as u64 > MAX_BYTES {
        let name = path.display().to_string();
        return Err(Failure::usage(EventsError::TooLarge { name }));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::usage(EventsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

const GZIP: [u8; 2] = [0x1f, 0x8b];
// CloudTrail's bound on a log file, and a little room.
const MAX_BYTES: u64 = 64 << 20;
