//! The seeds of this crate's fuzz targets, and mutants of them, under the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/oidc.rs"]
mod oidc;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/sections.rs"]
mod sections;

#[test]
fn oidc_token_holds() {
    replay::replay("oidc_token", 2000, oidc::oidc_token);
}

#[test]
fn oidc_keys_holds() {
    replay::replay("oidc_keys", 2000, oidc::oidc_keys);
}
