//! Why a strategic merge patch cannot be applied, in the API server's words where it has them.

/// What is wrong with a patch, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", place(.path))]
pub struct StrategicError {
    path: String,
    fault: StrategicFault,
}

/// What is wrong with a patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrategicFault {
    /// `$setElementOrder/..` is no list of what tells the elements apart.
    #[error("invalid patch format of setElementOrder list")]
    ElementOrder,
    /// The list holds other things than the patch does.
    #[error("cannot merge lists whose elements are of different types")]
    ElementTypes,
    /// An element of a list is a list.
    #[error("lists of lists are not supported")]
    ListOfLists,
    /// The list is told to be merged, which it is or is not by its kind.
    #[error("merging lists cannot yet be specified in the patch")]
    ListsMerged,
    /// The kind does not say what tells the list's elements apart.
    #[error("cannot merge lists without merge key")]
    NoKeyDeclared,
    /// An element lacks the field that tells the list's elements apart.
    #[error("map: {element} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The element, as JSON.
        element: String,
        /// The field.
        key: Box<str>,
    },
    /// A list is expected.
    #[error("expected a list, found {0}")]
    NotAList(&'static str),
    /// The patch is no object.
    #[error("a strategic merge patch is a JSON object, found {0}")]
    NotAnObject(&'static str),
    /// `$setElementOrder/..` does not have the patch's elements in their order.
    #[error("the order in the patch's list doesn't match its $setElementOrder list")]
    OrderMismatch,
    /// `$deleteFromPrimitiveList/..` is no list of scalars.
    #[error("invalid patch format of primitive list")]
    PrimitiveList,
    /// `$retainKeys` is no list of names, or the patch sets a field that it does not name.
    #[error("invalid patch format of retainKeys")]
    RetainKeys,
    /// `$patch` is neither `delete` nor `replace`.
    #[error("unknown patch type: {0}, expected `delete` or `replace`")]
    UnknownDirective(String),
}

impl StrategicError {
    /// What is wrong.
    pub fn fault(&self) -> &StrategicFault {
        &self.fault
    }

    /// The field that it is about, such as `spec.containers[1].ports`; empty for the whole object.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same, seen from the object that has the field.
    pub(super) fn inside(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }
}

impl From<StrategicFault> for StrategicError {
    fn from(fault: StrategicFault) -> Self {
        let path = String::new();
        Self { path, fault }
    }
}

fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}
