//! What a running cluster holds in memory: its keys, ready to sign, and the tokens that it keeps fresh.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;

use super::error::ClusterError;
use super::keys::KeyRing;
use super::resources::{Registry, RegistryCache};
use super::volumes::TokenFiles;
use crate::store::State;

/// The cluster's memory; filled at the start of the lab.
#[derive(Debug, Default)]
pub(crate) struct ClusterMemory {
    keys: ArcSwapOption<KeyRing>,
    /// Held by who makes another key sign: two at once would lose one.
    pub(super) rotation: tokio::sync::Mutex<()>,
    pub(super) token_files: Mutex<TokenFiles>,
    pub(super) due: super::volumes::Due,
    registry: RegistryCache,
}

impl ClusterMemory {
    /// The keys in force.
    pub(super) fn keys(&self) -> Result<Arc<KeyRing>, ClusterError> {
        self.keys
            .load_full()
            .ok_or_else(|| ClusterError::Record("the lab has not started yet".to_owned()))
    }

    /// What the cluster of this state serves.
    pub(super) fn registry(&self, state: &State) -> Arc<Registry> {
        self.registry.of(state)
    }

    /// Puts other keys in force.
    pub(super) fn set_keys(&self, keys: KeyRing) {
        self.keys.store(Some(Arc::new(keys)));
    }
}
