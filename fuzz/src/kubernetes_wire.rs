//! Kubernetes objects in the binary wire format, and strategic merge patches.

use hallpass_kubernetes::{builtin, protobuf, strategic};
use serde_json::{Value, json};

use crate::sections::sections;

/// A body: what is read can be written, and is then read as the same.
pub fn kubernetes_protobuf(input: &[u8]) {
    let Ok(object) = protobuf::decode(input) else {
        return;
    };
    let written = protobuf::encode(&object).expect("what was read can be written");
    let again = protobuf::decode(&written).expect("what was written can be read");
    // Numbers with a fraction are read from JSON to the last bit or the one before.
    if !has_fraction(&object) {
        assert_eq!(object, again);
    }
}

/// A pod, what kind it is of, and a patch.
pub fn kubernetes_strategic(input: &[u8]) {
    let Some([kind, live, patch]) = sections(input) else {
        return;
    };
    let (Ok(live), Ok(patch)) = (
        serde_json::from_str::<Value>(live),
        serde_json::from_str::<Value>(patch),
    ) else {
        return;
    };
    let kinds = builtin::kinds().iter();
    let Some(schema) = kinds
        .filter(|it| it.kind == kind)
        .find_map(|it| builtin::definition(it.definition))
    else {
        return;
    };
    if let Ok(patched) = strategic::apply(&live, &patch, &schema) {
        let again = strategic::apply(&patched, &json!({}), &schema);
        assert_eq!(
            again.as_ref(),
            Ok(&patched),
            "an empty patch changes nothing"
        );
        if live.is_object() {
            let same = strategic::apply(&live, &json!({}), &schema);
            assert_eq!(same.as_ref(), Ok(&live), "an empty patch changes nothing");
        }
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(list) => list.iter().any(has_fraction),
        Value::Object(object) => object.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
