//! JSON patch, RFC 6902.

use std::slice;

use json_patch::jsonptr::Pointer;
use json_patch::{Patch, PatchErrorKind, PatchOperation, patch_unsafe};
use serde::Deserialize;
use serde_json::Value;

use super::PatchError;

/// The most operations of a patch, as the API server has it.
const MOST_OPERATIONS: usize = 10_000;

/// What the copies of a patch may add: as much as the largest request may have. Copies of copies
/// double with each operation.
const MOST_COPIED: usize = 3 * 1024 * 1024;

/// Carries out the operations in their order, all or none.
pub fn json(target: &mut Value, patch: &Value) -> Result<(), PatchError> {
    if let Some(found) = patch.as_array().map(Vec::len)
        && found > MOST_OPERATIONS
    {
        let most = MOST_OPERATIONS;
        return Err(PatchError::TooMany { found, most });
    }
    let Patch(operations) =
        Patch::deserialize(patch).map_err(|error| PatchError::Form(error.to_string()))?;
    let mut patched = target.clone();
    let mut copied = 0;
    for operation in &operations {
        if let PatchOperation::Copy(copy) = operation {
            copied += copy.from.resolve(&patched).map_or(0, size_of_value);
            if copied > MOST_COPIED {
                return Err(PatchError::TooLarge {
                    found: copied,
                    most: MOST_COPIED,
                });
            }
        }
        if is_test_for_absence(operation, &patched) {
            continue;
        }
        patch_unsafe(&mut patched, slice::from_ref(operation))
            .map_err(|error| rejected(operation, &error.kind))?;
    }
    *target = patched;
    Ok(())
}

/// Whether it tests for `null` where nothing stands: the API server's library takes that as held.
fn is_test_for_absence(operation: &PatchOperation, target: &Value) -> bool {
    let PatchOperation::Test(test) = operation else {
        return false;
    };
    test.value.is_null() && test.path.resolve(target).is_err()
}

fn rejected(operation: &PatchOperation, kind: &PatchErrorKind) -> PatchError {
    let path: &Pointer = operation.path();
    let verb = match operation {
        PatchOperation::Add(_) => "add",
        PatchOperation::Remove(_) => "remove",
        PatchOperation::Replace(_) => "replace",
        PatchOperation::Move(_) => "move",
        PatchOperation::Copy(_) => "copy",
        PatchOperation::Test(_) => {
            return PatchError::Rejected(format!("testing value {path} failed: test failed"));
        }
    };
    let why = match kind {
        PatchErrorKind::InvalidFromPointer => "its `from` is missing in the object".to_owned(),
        PatchErrorKind::InvalidPointer => "doc is missing path".to_owned(),
        other => other.to_string(),
    };
    PatchError::Rejected(format!(
        "{verb} operation does not apply: {why}: {path}: missing value"
    ))
}

/// How many bytes the value has as JSON, about: without white space and escapes.
fn size_of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size_of_value(item) + 1).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + 4 + size_of_value(value))
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(target: Value, patch: &Value) -> Result<Value, PatchError> {
        let mut target = target;
        let before = target.clone();
        let outcome = json(&mut target, patch);
        match outcome {
            Ok(()) => Ok(target),
            Err(error) => {
                assert_eq!(target, before, "a refused patch changes nothing");
                Err(error)
            }
        }
    }

    #[test]
    fn carries_out_what_the_appendix_of_the_rfc_says() {
        let cases = [
            (
                json!({"foo":"bar"}),
                json!([{"op":"add","path":"/baz","value":"qux"}]),
                json!({"foo":"bar","baz":"qux"}),
            ),
            (
                json!({"foo":["bar","baz"]}),
                json!([{"op":"add","path":"/foo/1","value":"qux"}]),
                json!({"foo":["bar","qux","baz"]}),
            ),
            (
                json!({"foo":["all","grass","cows","eat"]}),
                json!([{"op":"move","from":"/foo/1","path":"/foo/3"}]),
                json!({"foo":["all","cows","eat","grass"]}),
            ),
            (
                json!({"foo":["bar"]}),
                json!([{"op":"add","path":"/foo/-","value":["abc","def"]}]),
                json!({"foo":["bar",["abc","def"]]}),
            ),
            (
                json!({"/":9,"~1":10}),
                json!([{"op":"test","path":"/~01","value":10}]),
                json!({"/":9,"~1":10}),
            ),
            (
                json!({"a":1}),
                json!([{"op":"test","path":"/b","value":null},{"op":"remove","path":"/a"}]),
                json!({}),
            ),
        ];
        for (target, patch, wanted) in cases {
            assert_eq!(patched(target, &patch), Ok(wanted), "{patch}");
        }
    }

    #[test]
    fn refuses_in_the_words_of_the_api_server() {
        let object = || json!({"spec":{"replicas":1}});
        let told = |patch: Value| {
            let error = patched(object(), &patch).unwrap_err();
            (error.status(), error.detail().unwrap_or("").to_owned())
        };
        let test = json!([
            {"op":"replace","path":"/spec/replicas","value":3},
            {"op":"test","path":"/spec/replicas","value":2}
        ]);
        assert_eq!(
            told(test),
            (
                422,
                "testing value /spec/replicas failed: test failed".to_owned()
            )
        );
        let replace = json!([{"op":"replace","path":"/spec/foo","value":3}]);
        assert_eq!(
            told(replace),
            (
                422,
                "replace operation does not apply: doc is missing path: /spec/foo: missing value"
                    .to_owned()
            )
        );
        assert_eq!(told(json!([{"op":"eat","path":"/spec"}])).0, 400);
        assert_eq!(told(json!({"op":"remove","path":"/spec"})).0, 400);
    }

    #[test]
    fn bounds_the_operations_and_what_copies_add() {
        let many: Vec<Value> = (0..=MOST_OPERATIONS)
            .map(|_| json!({"op":"test","path":"/a","value":1}))
            .collect();
        let error = patched(json!({"a":1}), &Value::Array(many)).unwrap_err();
        assert_eq!(error.status(), 413);
        // Each doubles the object: thirty would make 10 GB of it.
        let bomb: Vec<Value> = (0..30)
            .map(|index| json!({"op":"copy","from":"","path":format!("/a{index}")}))
            .collect();
        let error = patched(json!({"a":"0123456789"}), &Value::Array(bomb)).unwrap_err();
        assert_eq!(error.status(), 413);
    }
}
