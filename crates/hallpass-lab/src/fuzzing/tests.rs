//! The seeds of the fuzz targets, and mutants of them, under the targets' own laws.

use super::replay::replay;

#[test]
fn parsers_hold() {
    replay("lab_kubernetes", 2000, super::kubernetes);
    replay("lab_names", 2000, super::names);
    replay("lab_proxy", 2000, super::proxy);
    replay("lab_query", 2000, super::query);
    replay("lab_sealed", 2000, super::sealed);
    replay("lab_sigv4", 2000, super::sigv4);
}

#[test]
fn a_lab_holds() {
    replay("lab_calls", 40, super::calls);
    replay("lab_registry", 50, super::registry);
    replay("lab_cluster", 20, super::cluster);
}
