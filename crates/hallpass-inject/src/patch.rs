//! JSON patches that only add (RFC 6902, section 4.1).

use serde_json::{Value, json};

/// Operations, to be applied in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Adds a member of an object, or an element before the one at an array's index; `-` is its end.
    Add {
        /// The JSON pointer (RFC 6901).
        path: String,
        /// What is added.
        value: Value,
    },
}

impl Patch {
    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The patch as the body of an admission response carries it.
    pub fn to_json(&self) -> Value {
        self.operations
            .iter()
            .map(|Operation::Add { path, value }| {
                json!({ "op": "add", "path": path, "value": value })
            })
            .collect()
    }

    /// Applies the patch; a document that it does not fit is left half patched.
    pub fn apply(&self, document: &mut Value) -> Result<(), PatchError> {
        for Operation::Add { path, value } in &self.operations {
            add(document, path, value.clone()).ok_or_else(|| PatchError { path: path.clone() })?;
        }
        Ok(())
    }

    /// Adds an operation.
    pub(crate) fn add(&mut self, path: String, value: Value) {
        self.operations.push(Operation::Add { path, value });
    }
}

/// A patch that the document does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be added at `{path}`: what should hold it is not there")]
pub struct PatchError {
    path: String,
}

/// One reference token of a JSON pointer, escaped.
pub(crate) fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    let Some((parent, last)) = path.rsplit_once('/') else {
        *document = value;
        return Some(());
    };
    match document.pointer_mut(parent)? {
        Value::Object(members) => {
            members.insert(last.replace("~1", "/").replace("~0", "~"), value);
        }
        Value::Array(elements) => {
            let at = match last {
                "-" => elements.len(),
                index => index.parse().ok().filter(|at| *at <= elements.len())?,
            };
            elements.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_members_and_elements() {
        let mut patch = Patch::default();
        patch.add("/a/0".to_owned(), json!(1));
        patch.add("/a/-".to_owned(), json!(3));
        patch.add(format!("/{}", token("x/y~z")), json!({}));
        let mut document = json!({ "a": [2] });
        patch.apply(&mut document).unwrap();
        assert_eq!(document, json!({ "a": [1, 2, 3], "x/y~z": {} }));
    }

    #[test]
    fn says_where_it_does_not_fit() {
        for path in ["/a/b", "/c/d", "/a/9", "/a/0/x"] {
            let mut patch = Patch::default();
            patch.add(path.to_owned(), json!(1));
            let fault = patch.apply(&mut json!({ "a": [2] })).unwrap_err();
            assert!(fault.to_string().contains(path), "{fault}");
        }
    }
}
