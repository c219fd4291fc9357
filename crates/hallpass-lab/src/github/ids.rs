//! Numbers that nothing else has.

use crate::store::Transaction;
use crate::store::records::Setting;

/// The next ID, of whatever kind.
pub(super) fn next(tx: &mut Transaction<'_>) -> u64 {
    let last = tx
        .state()
        .settings
        .get(SETTING)
        .and_then(|setting| setting.value.parse::<u64>().ok());
    let id = last.unwrap_or(FIRST).saturating_add(1);
    tx.put(Setting {
        name: SETTING.to_owned(),
        value: id.to_string(),
    });
    id
}

const SETTING: &str = "github-last-id";
// IDs of today's accounts have eight or nine digits.
const FIRST: u64 = 100_000_000;
