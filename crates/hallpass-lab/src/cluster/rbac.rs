//! Whether a user may.

use serde_json::json;

use super::access::{Caller, MASTERS};
use super::request::{Target, Verb};
use super::status::Status;
use crate::events::DecisionRecord;

/// Whether the user may; the decision, and where it is no, what goes out.
pub(super) fn authorize(
    user: &Caller,
    verb: Verb,
    target: &Target,
) -> (DecisionRecord, Result<(), Status>) {
    let record = |decision, summary: String| DecisionRecord {
        action: verb.as_str().to_owned(),
        resource: target.display(),
        decision,
        summary,
        explanation: json!([]),
    };
    if user.is_of(MASTERS) {
        let summary = "the group `system:masters` may do all".to_owned();
        return (record("Allow", summary), Ok(()));
    }
    let resource = match &target.subresource {
        Some(subresource) => format!("{}/{subresource}", target.resource),
        None => target.resource.clone(),
    };
    let scope = if target.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", target.namespace)
    };
    let why = format!(
        "Caller \"{}\" cannot {} resource \"{resource}\" in API group \"{}\" {scope}",
        user.name,
        verb.as_str(),
        target.group
    );
    let status = Status::forbidden(&target.qualified(), target.name(), &why);
    let summary = "no role binding gives it that".to_owned();
    (record("ImplicitDeny", summary), Err(status))
}
