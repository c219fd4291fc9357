//! What every record tells of itself.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::state::{AccountState, State, Table};

/// A kind of record: where it lives, and under which key.
pub(crate) trait Row: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The table's name in the database. Never renamed: old labs are read by it.
    const TABLE: &'static str;

    /// The key of this record.
    fn key(&self) -> String;
}

/// A record of the lab as a whole.
pub(crate) trait Record: Row {
    /// The table in memory.
    fn table_mut(state: &mut State) -> &mut Table<Self>;

    /// Lets what is derived from the table follow the change of one record.
    fn reindex(_: &mut State, _key: &str, _before: Option<&Self>, _after: Option<&Self>) {}
}

/// A record that belongs to an account.
pub(crate) trait AccountRecord: Row {
    /// The account's table in memory.
    fn table_mut(account: &mut AccountState) -> &mut Table<Self>;
}
