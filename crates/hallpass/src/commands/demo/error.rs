//! Why the demo could not go on. A refusal that the story expects is no error.

use std::io;
use std::path::PathBuf;

/// The demo stopped.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum DemoError {
    /// A call that the story needs was refused.
    #[error("{operation} failed: {code}: {message}")]
    #[diagnostic(
        code("demo/call-refused"),
        help(
            "`hallpass demo --keep --dir DIR`, then `hallpass lab events --dir DIR --refused`, shows why"
        )
    )]
    Call {
        /// The operation.
        operation: &'static str,
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// The container client failed.
    #[error("`{command}` failed: {reason}")]
    #[diagnostic(
        code("demo/container-client"),
        help("leave `--client` out: the built-in client needs no program on this machine")
    )]
    Client {
        /// The command, without secrets.
        command: String,
        /// What it said last.
        reason: String,
    },
    /// The cluster's API refused.
    #[error("the cluster refused {what}: {reason}")]
    #[diagnostic(
        code("demo/cluster-refused"),
        help("compare the manifest with the one of `examples/article`")
    )]
    Cluster {
        /// What was asked.
        what: String,
        /// What it said.
        reason: String,
    },
    /// A file of the example cannot be used.
    #[error("`{path}` cannot be used: {reason}")]
    #[diagnostic(
        code("demo/example-file"),
        help("compare the file with the one of `examples/article`, or leave `--example` out")
    )]
    Example {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder of the demo cannot be written or read.
    #[error("`{}` cannot be read or written", path.display())]
    #[diagnostic(
        code("demo/file"),
        help("give a folder that you may write to with `--dir`")
    )]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lab did not start.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Lab(#[from] hallpass_lab::LabError),
    /// The registry refused what the story needs.
    #[error("the registry refused {what}: {reason}")]
    #[diagnostic(
        code("demo/registry-refused"),
        help(
            "`hallpass demo --keep --dir DIR`, then `hallpass lab events --dir DIR --refused`, shows why"
        )
    )]
    Registry {
        /// What was asked.
        what: &'static str,
        /// What it said.
        reason: String,
    },
}
