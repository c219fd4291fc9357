//! Config maps: keys, size, immutability.
//!
//! Source: Kubernetes documentation, "`ConfigMaps`"; the words of k8s.io/kubernetes'
//! `pkg/apis/core/validation`.

use serde_json::Value;

use super::super::status::Cause;
use super::data::{self, MAX_BYTES};
use super::secret::decoded_length;

/// What a config map breaks of the rules.
pub(super) fn faults(old: Option<&Value>, object: &Value) -> Vec<Cause> {
    let mut causes = data::key_faults(object, "data");
    causes.extend(data::key_faults(object, "binaryData"));
    let texts = object.get("data").and_then(Value::as_object);
    let binaries = object.get("binaryData").and_then(Value::as_object);
    if let (Some(texts), Some(binaries)) = (texts, binaries) {
        let both = texts.keys().filter(|key| binaries.contains_key(*key));
        causes.extend(both.map(|key| {
            let why = "duplicate of key present in binaryData";
            Cause::invalid(format!("data[{key}]"), format!("\"{key}\""), why)
        }));
    }
    let size = data::size(object, "data", str::len).saturating_add(data::size(
        object,
        "binaryData",
        decoded_length,
    ));
    if size > MAX_BYTES {
        causes.push(Cause::too_long("", MAX_BYTES));
    }
    if let Some(old) = old {
        causes.extend(data::immutability_faults(
            old,
            object,
            &["data", "binaryData"],
        ));
    }
    causes
}
