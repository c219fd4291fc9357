//! Why bytes are no object of the API, or an object has no such bytes.

/// Why bytes are no object of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The object is packed or written in another way.
    #[error("the object is written as {0:?}, expected protobuf without a further encoding")]
    Encoding(String),
    /// A field is not as protobuf or the API has it.
    #[error("{}{fault}", place(.path))]
    Field {
        /// The field, such as `spec.containers`.
        path: String,
        /// What is wrong with it.
        fault: Malformed,
    },
    /// The magic bytes are missing.
    #[error("the body does not start with the magic bytes of protobuf, `k8s` and a zero byte")]
    NoMagic,
    /// The kind is not known.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    UnknownKind {
        /// Its `apiVersion`.
        api_version: String,
        /// Its `kind`.
        kind: String,
    },
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end within a field.
    #[error("unexpected EOF")]
    End,
    /// A number or a tag that protobuf does not have.
    #[error("an illegal tag, wire type or number")]
    Illegal,
    /// A JSON text is none.
    #[error("not a JSON text")]
    NotJson,
    /// A text is no UTF-8.
    #[error("not a text in UTF-8")]
    NotUtf8,
    /// A time is out of the range of years 0 to 9999.
    #[error("a time that no date tells")]
    Time,
    /// Messages lie in too many messages.
    #[error("nested too deeply")]
    TooDeep,
    /// The field is of another type.
    #[error("wrong wire type")]
    Type,
}

/// Why an object cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A field holds what the binary format cannot.
    #[error("`{0}` holds a value that its type does not have")]
    Field(String),
    /// The kind is none of the API server's own.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    UnknownKind {
        /// Its `apiVersion`.
        api_version: String,
        /// Its `kind`.
        kind: String,
    },
}

impl DecodeError {
    /// The same, seen from the object that has the field.
    pub(super) fn inside(self, name: &str) -> Self {
        match self {
            Self::Field { path, fault } => {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{name}{dot}{path}");
                Self::Field { path, fault }
            }
            Self::Encoding(_) | Self::NoMagic | Self::UnknownKind { .. } => self,
        }
    }
}

impl From<Malformed> for DecodeError {
    fn from(fault: Malformed) -> Self {
        let path = String::new();
        Self::Field { path, fault }
    }
}

fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}
