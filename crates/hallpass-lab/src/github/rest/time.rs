//! Times as the API writes them.

use hallpass_types::Timestamp;

/// `2026-07-15T00:00:00Z`.
pub(super) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
