//! Where in an object a value stands, kept on the stack while the object is walked.
//!
//! Nothing is allocated until a place is printed, which only a fault asks for.

use std::fmt;

/// A place: `spec.containers[0].image`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// The object itself.
    Root,
    /// A field of what stands at the place before.
    Field(&'a Place<'a>, &'a str),
    /// An element of the list there.
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    /// The field of that name.
    pub(crate) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    /// The element of that index.
    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Place::Root, name) => f.write_str(name),
            Self::Field(before, name) => write!(f, "{before}.{name}"),
            Self::Index(before, index) => write!(f, "{before}[{index}]"),
        }
    }
}
