//! The lab's own few values.

use serde::{Deserialize, Serialize};

/// A named value of the lab itself, such as its sealing key.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Setting {
    /// The name.
    pub(crate) name: String,
    /// The value; may be secret.
    pub(crate) value: String,
}

impl Setting {
    pub(crate) fn record_key(&self) -> String {
        self.name.clone()
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
