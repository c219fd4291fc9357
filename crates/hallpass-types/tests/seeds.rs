//! The seeds of this crate's fuzz targets, and mutants of them, under the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/types.rs"]
mod types;

#[test]
fn types_names_holds() {
    replay::replay("types_names", 2000, types::types_names);
}
