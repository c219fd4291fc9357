//! What an API server adds to a definition: defaults of its names, and the status that says that the
//! resource is served.

use serde_json::{Map, Value, json};

/// Sets the defaults of a definition.
pub fn set_defaults(definition: &mut Value) {
    let Some(Value::Object(spec)) = definition.get_mut("spec") else {
        return;
    };
    if let Some(Value::Object(names)) = spec.get_mut("names") {
        let kind = names
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let (singular, list_kind) = (kind.to_lowercase(), format!("{kind}List"));
        if !kind.is_empty() {
            set_text(names, "singular", singular);
            set_text(names, "listKind", list_kind);
        }
    }
    if spec.get("conversion").is_none_or(Value::is_null) {
        spec.insert("conversion".to_owned(), json!({"strategy": "None"}));
    }
    if spec.get("preserveUnknownFields") == Some(&Value::Bool(false)) {
        // Not written where it is false.
        spec.shift_remove("preserveUnknownFields");
    }
    if let Some(Value::Array(versions)) = spec.get_mut("versions") {
        for version in versions {
            let scale = version.pointer_mut("/subresources/scale/labelSelectorPath");
            if let Some(selector) = scale
                && selector.as_str() == Some("")
            {
                *selector = Value::Null;
            }
        }
    }
}

fn set_text(of: &mut Map<String, Value>, name: &str, text: String) {
    let is_given = of
        .get(name)
        .is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
    if !is_given {
        of.insert(name.to_owned(), Value::String(text));
    }
}

/// Sets the status of a definition whose names are nobody else's: accepted, established, stored.
///
/// Versions that were stored stay told; the conditions keep the time of their last change.
pub fn establish(definition: &mut Value, now: &str) {
    let names = definition
        .pointer("/spec/names")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let storage: Vec<Value> = definition
        .pointer("/spec/versions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .filter_map(|version| version.get("name").cloned())
        .collect();
    let mut stored: Vec<Value> = definition
        .pointer("/status/storedVersions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for version in storage {
        if !stored.contains(&version) {
            stored.push(version);
        }
    }
    let conditions = [
        condition(
            definition,
            "NamesAccepted",
            "NoConflicts",
            "no conflicts found",
            now,
        ),
        condition(
            definition,
            "Established",
            "InitialNamesAccepted",
            "the initial names have been accepted",
            now,
        ),
    ];
    if let Value::Object(definition) = definition {
        let status = json!({
            "acceptedNames": names,
            "conditions": conditions,
            "storedVersions": stored,
        });
        definition.insert("status".to_owned(), status);
    }
}

fn condition(definition: &Value, kind: &str, reason: &str, message: &str, now: &str) -> Value {
    let since = definition
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|it| it["type"] == kind && it["status"] == "True")
        .and_then(|it| it.get("lastTransitionTime"))
        .cloned()
        .unwrap_or_else(|| Value::String(now.to_owned()));
    json!({
        "lastTransitionTime": since,
        "message": message,
        "reason": reason,
        "status": "True",
        "type": kind,
    })
}
