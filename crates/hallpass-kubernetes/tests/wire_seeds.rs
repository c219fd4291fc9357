//! The seeds of the fuzz targets for the wire format and for strategic patches, and mutants of them, under
//! the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/kubernetes_wire.rs"]
mod kubernetes_wire;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/sections.rs"]
mod sections;

#[test]
fn kubernetes_protobuf_holds() {
    replay::replay(
        "kubernetes_protobuf",
        2000,
        kubernetes_wire::kubernetes_protobuf,
    );
}

#[test]
fn kubernetes_strategic_holds() {
    replay::replay(
        "kubernetes_strategic",
        2000,
        kubernetes_wire::kubernetes_strategic,
    );
}
