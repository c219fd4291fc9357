//! Docker: a real one, or a shim that builds, tags, logs in, pushes and pulls by an OCI library.

mod build;
mod choice;
mod client;
mod command;
mod dockerfile;
mod ignore;
mod image;
mod login;
mod name;
mod settings;
mod shim;
mod store;
mod variables;

pub(crate) use choice::Docker;
pub use choice::DockerChoice;
pub use settings::{SHIM_NAME, ShimSettings};
pub use shim::shim;
