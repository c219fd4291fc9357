//! Where in a definition a keyword stands: `spec.versions[0].schema.openAPIV3Schema.properties[spec]`.

use std::fmt;

/// A path, kept on the stack while the definition is read.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// What the path begins with.
    Start(&'a str),
    /// A keyword.
    Child(&'a Path<'a>, &'a str),
    /// An element.
    Index(&'a Path<'a>, usize),
    /// A name of the author's choice.
    Key(&'a Path<'a>, &'a str),
}

impl<'a> Path<'a> {
    pub(super) fn child(&'a self, name: &'a str) -> Self {
        Self::Child(self, name)
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(text) => f.write_str(text),
            Self::Child(Path::Start(""), name) => f.write_str(name),
            Self::Child(before, name) => write!(f, "{before}.{name}"),
            Self::Index(before, index) => write!(f, "{before}[{index}]"),
            Self::Key(before, key) => write!(f, "{before}[{key}]"),
        }
    }
}
