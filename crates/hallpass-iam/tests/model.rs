//! The engine beside a naive twin: over generated worlds both decide the same.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    unreachable_pub,
    reason = "a test file outside `cfg(test)` modules"
)]

#[path = "support/generate.rs"]
mod generate;
#[path = "support/twin.rs"]
mod twin;

use hallpass_iam::Outcome;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_engine_and_its_twin_agree(world in generate::world()) {
        prop_assert_eq!(generate::engine(&world), twin::decide(&world));
    }
}

/// Else the agreement would say little.
#[test]
fn each_outcome_is_frequent() {
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..600 {
        let world = generate::world().new_tree(&mut runner).unwrap().current();
        counts[match twin::decide(&world) {
            Outcome::Allow => 0,
            Outcome::ExplicitDeny => 1,
            Outcome::ImplicitDeny => 2,
        }] += 1;
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}
