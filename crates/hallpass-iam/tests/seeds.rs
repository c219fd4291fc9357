//! The seeds of this crate's fuzz targets, and mutants of them, under the targets' own laws.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    unreachable_pub,
    reason = "shared with `fuzz/`, where each is a failure of the target"
)]

#[path = "../../../fuzz/src/iam.rs"]
mod iam;
#[path = "../../../fuzz/src/policies.rs"]
mod policies;
#[path = "../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../fuzz/src/sections.rs"]
mod sections;

#[test]
fn iam_document_holds() {
    replay::replay("iam_document", 2000, iam::iam_document);
}

#[test]
fn iam_decide_holds() {
    replay::replay("iam_decide", 2000, iam::iam_decide);
}

#[test]
fn iam_pattern_holds() {
    replay::replay("iam_pattern", 2000, iam::iam_pattern);
}

#[test]
fn iam_variables_holds() {
    replay::replay("iam_variables", 2000, iam::iam_variables);
}

#[test]
fn iam_case_holds() {
    replay::replay("iam_case", 400, policies::iam_case);
}

#[test]
fn iam_check_holds() {
    replay::replay("iam_check", 50, policies::iam_check);
}

#[test]
fn iam_compare_holds() {
    replay::replay("iam_compare", 50, policies::iam_compare);
}

#[test]
fn iam_intruders_holds() {
    replay::replay("iam_intruders", 200, policies::iam_intruders);
}

#[test]
fn iam_tighten_holds() {
    replay::replay("iam_tighten", 50, policies::iam_tighten);
}
