//! How far the cluster's changes have reached the disk.

use tokio::sync::watch;

/// Tells those who wait for it.
#[derive(Debug)]
pub(super) struct Progress(watch::Sender<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Every change up to this version is on disk.
    version: u64,
    /// The lab stops, or can write no more.
    has_ended: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self(watch::Sender::new(State::default()))
    }
}

impl Progress {
    /// All up to `version` is on disk.
    pub(super) fn reach(&self, version: u64) {
        self.0
            .send_modify(|state| state.version = state.version.max(version));
    }

    /// Nothing more will get there.
    pub(super) fn end(&self) {
        self.0.send_modify(|state| state.has_ended = true);
    }

    /// The version up to which all is on disk.
    pub(super) fn version(&self) -> u64 {
        self.0.borrow().version
    }

    /// Waits until `version` is on disk, and gives what is there then; none when it never will be.
    pub(super) async fn wait_for(&self, version: u64) -> Option<u64> {
        let mut seen = self.0.subscribe();
        let state = seen
            .wait_for(|state| state.has_ended || state.version >= version)
            .await
            .ok()?;
        (!state.has_ended).then_some(state.version)
    }
}
