//! The seeds of this crate's fuzz targets, and mutants of them, under the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/inject.rs"]
mod inject;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/sections.rs"]
mod sections;

#[test]
fn inject_pod_holds() {
    replay::replay("inject_pod", 2000, inject::inject_pod);
}
