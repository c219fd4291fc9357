//! Leases: durations and counts.
//!
//! Source: the words of k8s.io/kubernetes' `pkg/apis/coordination/validation`.

use serde_json::Value;

use super::super::status::Cause;

/// What a lease breaks of the rules.
pub(super) fn faults(lease: &Value) -> Vec<Cause> {
    let number = |field: &str| {
        let value = lease.pointer(&format!("/spec/{field}"))?;
        value.as_i64()
    };
    let mut causes = Vec::new();
    if let Some(seconds) = number("leaseDurationSeconds").filter(|seconds| *seconds <= 0) {
        let why = "must be greater than 0";
        causes.push(Cause::invalid("spec.leaseDurationSeconds", seconds, why));
    }
    if let Some(count) = number("leaseTransitions").filter(|count| *count < 0) {
        let why = "must be greater than or equal to 0";
        causes.push(Cause::invalid("spec.leaseTransitions", count, why));
    }
    causes
}
