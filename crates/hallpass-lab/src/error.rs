//! Why a lab could not start or go on.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A lab that cannot start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum LabError {
    /// Another process runs the lab of this folder.
    #[error("the lab in `{folder}` is running already")]
    #[diagnostic(
        code("lab/already-running"),
        help(
            "use it as it is (`hallpass lab status`), stop it (`hallpass lab stop`), or take another folder with `--dir`"
        )
    )]
    AlreadyRunning {
        /// The lab's folder.
        folder: PathBuf,
    },
    /// The lab's own certificate authority could not be made or read.
    #[error("the lab's certificate authority in `{path}` cannot be used: {reason}")]
    #[diagnostic(
        code("lab/certificate-authority"),
        help("`hallpass lab reset` makes the lab anew, with a new authority")
    )]
    CertificateAuthority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database could not be opened or read.
    #[error("the lab's database `{path}` cannot be used: {reason}")]
    #[diagnostic(
        code("lab/database"),
        help(
            "another process may hold it (`hallpass lab status`), or `hallpass lab reset` makes the lab anew"
        )
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// A file or folder of the lab could not be read or written.
    #[error("`{path}` cannot be read or written")]
    #[diagnostic(
        code("lab/folder"),
        help("give a folder that you may write to with `--dir`")
    )]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key could not be made or read.
    #[error("a key of the lab cannot be used: {reason}")]
    #[diagnostic(
        code("lab/key"),
        help("`hallpass lab reset` makes the lab anew, with new keys")
    )]
    Key {
        /// What is wrong with it.
        reason: String,
    },
    /// An address could not be bound.
    #[error("cannot listen on {address}")]
    #[diagnostic(
        code("lab/port-taken"),
        help(
            "another process listens there: stop it, or start the lab in another folder with `--dir`, which picks other ports"
        )
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The lab's folder belongs to a lab of another account, region or partition.
    #[error("the lab in this folder has {field} `{found}`, and `{wanted}` was asked for")]
    #[diagnostic(
        code("lab/other-settings"),
        help(
            "leave the option out, use another folder with `--dir`, or make the lab anew with `hallpass lab reset`"
        )
    )]
    OtherSettings {
        /// Which setting.
        field: &'static str,
        /// What the folder's lab has.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The lab could not write its state.
    #[error("the lab could not write its state")]
    #[diagnostic(
        code("lab/not-written"),
        help("free the disk that the lab's folder is on, and start the lab again")
    )]
    NotWritten,
    /// The file given with `--trust-ca` holds no certificate.
    #[error("`{path}` holds no certificate that can be trusted: {reason}")]
    #[diagnostic(
        code("lab/trust-ca"),
        help("give a PEM file with at least one CA certificate")
    )]
    TrustCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<crate::store::StoreFailed> for LabError {
    fn from(_: crate::store::StoreFailed) -> Self {
        Self::NotWritten
    }
}
