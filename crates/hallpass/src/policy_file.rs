//! Policy documents on disk: read within bounds, and parsed with every fault told in its place.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use hallpass_diag::{LineIndex, Position};
use hallpass_iam::{Document, MAX_DOCUMENT_BYTES, PolicyErrors};

use crate::output::Failure;

/// A text that was read, and its name in messages.
#[derive(Clone, Debug)]
pub(crate) struct PolicyFile {
    /// The path as it was given; `<stdin>` for `-`.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

/// A file that cannot be used as a text.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum FileError {
    /// It is a directory.
    #[error("`{}` is a directory", path.display())]
    #[diagnostic(code("policy/file"), help("name the files in it, such as `{}/*.json`", path.display()))]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// It holds bytes that are no UTF-8.
    #[error("`{name}` is not UTF-8: what stands at {at} begins no character")]
    #[diagnostic(
        code("policy/not-utf8"),
        help("save it as UTF-8; AWS takes no other encoding")
    )]
    NotUtf8 {
        /// The file.
        name: String,
        /// The first byte that is wrong.
        at: Position,
    },
    /// It cannot be read.
    #[error("`{}` cannot be read", path.display())]
    #[diagnostic(
        code("policy/file"),
        help("name a file that you may read, or `-` for standard input")
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A document that cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{name}` is no policy: {source}")]
pub(crate) struct DocumentError {
    /// The file.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
    /// What is wrong, all of it.
    #[source]
    pub(crate) source: PolicyErrors,
}

impl PolicyFile {
    /// Reads a file, or standard input for `-`; no more of it than a policy may have.
    pub(crate) fn read(path: &Path) -> Result<Self, FileError> {
        Self::read_within(path, MAX_DOCUMENT_BYTES)
    }

    /// Reads a file, or standard input for `-`; of one that is longer than `max`, a byte or more too many.
    pub(crate) fn read_within(path: &Path, max: usize) -> Result<Self, FileError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin {
            "<stdin>".to_owned()
        } else {
            path.display().to_string()
        };
        if !is_stdin && path.is_dir() {
            return Err(FileError::Directory {
                path: path.to_owned(),
            });
        }
        let unreadable = |source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        // One byte more than is taken tells that there is more.
        let limit = max as u64 + 1;
        let mut bytes = Vec::new();
        if is_stdin {
            io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        }
        .map_err(unreadable)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            // The cut may have fallen into a character: then the parser says that it is too long.
            Err(error) if error.as_bytes().len() > max => Ok(Self {
                name,
                text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..valid).unwrap_or_default();
                let text = String::from_utf8_lossy(before);
                let at = LineIndex::new(&text).position(&text, valid);
                Err(FileError::NotUtf8 { name, at })
            }
        }
    }

    /// Reads and parses a policy document; the command cannot go on without it.
    pub(crate) fn document(path: &Path) -> Result<(Self, Document), Failure> {
        let file = Self::read(path).map_err(Failure::usage)?;
        match Document::parse(&file.text) {
            Ok(document) => Ok((file, document)),
            Err(source) => Err(Failure::document(DocumentError {
                name: file.name,
                text: file.text,
                source,
            })),
        }
    }
}
