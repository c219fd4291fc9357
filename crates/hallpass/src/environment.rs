//! The one place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A variable's value, where it is text.
pub(crate) fn value(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// All variables that are text.
pub(crate) fn all() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Where the lab lives unless `--dir` says otherwise: the XDG state folder, since a lab is state that
/// is neither configuration nor worth a backup.
pub(crate) fn default_lab_folder() -> PathBuf {
    variable("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("hallpass/lab")
}

/// Whether colour is unwanted (<https://no-color.org>).
pub(crate) fn is_colour_unwanted() -> bool {
    variable("NO_COLOR").is_some()
}

/// The folders in which programs are looked for.
pub(crate) fn program_folders() -> Vec<PathBuf> {
    variable("PATH").map_or_else(Vec::new, |path| std::env::split_paths(&path).collect())
}
