//! hallpass by the name `docker`: the shim of a run.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use hallpass_runner::{SHIM_NAME, ShimSettings, shim};

use crate::environment;

/// Runs the shim if the program is called by its name within a run.
pub(crate) fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let (name, words) = arguments.split_first()?;
    let is_shim = Path::new(name)
        .file_name()
        .is_some_and(|name| name == SHIM_NAME);
    if !is_shim {
        return None;
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let settings = ShimSettings::of(environment::all(), folder)?;
    let words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let code = runtime.block_on(shim(
        &words,
        &settings,
        &mut std::io::stdin(),
        &mut std::io::stdout(),
        &mut std::io::stderr(),
    ));
    Some(ExitCode::from(code))
}
