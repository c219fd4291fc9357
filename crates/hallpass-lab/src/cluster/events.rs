//! The two forms of events: `v1` and `events.k8s.io/v1`, which name the same fields otherwise.
//!
//! Source: Kubernetes API reference, `Event` (core/v1) and `Event` (events.k8s.io/v1).

use serde_json::{Value, json};

use super::request::Target;

/// Whether the target speaks of events in the form in which they are not stored.
pub(super) fn is_other_form(target: &Target) -> bool {
    (target.group.as_str(), target.resource.as_str()) == ("events.k8s.io", "events")
}

/// An event of `events.k8s.io/v1` as one of `v1`.
pub(super) fn to_core(event: Value) -> Value {
    renamed(
        event,
        "v1",
        FIELDS.iter().map(|(core, other)| (*other, *core)),
    )
}

/// An event of `v1` as one of `events.k8s.io/v1`.
pub(super) fn from_core(event: Value) -> Value {
    renamed(event, "events.k8s.io/v1", FIELDS.iter().copied())
}

fn renamed<'a>(
    mut event: Value,
    version: &str,
    names: impl Iterator<Item = (&'a str, &'a str)>,
) -> Value {
    if let Some(fields) = event.as_object_mut() {
        fields.insert("apiVersion".to_owned(), json!(version));
        for (from, to) in names {
            if let Some(value) = fields.shift_remove(from) {
                fields.insert(to.to_owned(), value);
            }
        }
    }
    event
}

// The names in `v1`, and in `events.k8s.io/v1`; all others are the same.
const FIELDS: &[(&str, &str)] = &[
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("involvedObject", "regarding"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_back_as_it_went() {
        let event = json!({
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "note": "n",
            "regarding": { "name": "p" },
            "reportingController": "c",
            "reason": "r",
        });
        let core = to_core(event.clone());
        assert_eq!(core["involvedObject"]["name"], "p");
        assert_eq!(
            (&core["message"], &core["apiVersion"]),
            (&json!("n"), &json!("v1"))
        );
        assert_eq!(from_core(core), event);
    }
}
