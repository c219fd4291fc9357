//! The seeds of this crate's fuzz targets, and mutants of them, under the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/kubernetes_objects.rs"]
mod kubernetes;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/sections.rs"]
mod sections;

#[test]
fn kubernetes_definition_holds() {
    replay::replay(
        "kubernetes_definition",
        3000,
        kubernetes::kubernetes_definition,
    );
}

#[test]
fn kubernetes_fields_holds() {
    replay::replay("kubernetes_fields", 3000, kubernetes::kubernetes_fields);
}

#[test]
fn kubernetes_patch_holds() {
    replay::replay("kubernetes_patch", 3000, kubernetes::kubernetes_patch);
}
