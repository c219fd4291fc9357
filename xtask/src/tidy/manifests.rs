//! What each crate's manifest must say.

use toml::{Table, Value};

use crate::Fault;

/// The keys that a crate inherits, so that they are decided once.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Faults of the manifest `text` of the crate in `folder`.
pub fn manifest(folder: &str, text: &str) -> Vec<Fault> {
    let fault = |says: String| Fault::new("manifest", format!("{folder}/Cargo.toml"), says);
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![fault(format!("does not parse: {error}"))],
    };
    let mut faults = Vec::new();
    // Cargo does not warn when a member leaves the workspace's lints out.
    if !is_inherited(table.get("lints")) {
        faults.push(fault("does not take `[lints] workspace = true`".to_owned()));
    }
    let package = table.get("package");
    let name = package
        .and_then(|package| package.get("name"))
        .and_then(Value::as_str);
    if name != Some(folder) {
        faults.push(fault("names a package other than its folder".to_owned()));
    }
    for key in INHERITED {
        if !is_inherited(package.and_then(|package| package.get(key))) {
            faults.push(fault(format!("does not take `{key}.workspace = true`")));
        }
    }
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get(kind).and_then(Value::as_table) else {
            continue;
        };
        for (name, wanted) in dependencies {
            if !is_inherited(Some(wanted)) {
                let says = format!("gives `{name}` a version: versions stand in the root only");
                faults.push(fault(says));
            }
        }
    }
    faults
}

fn is_inherited(value: Option<&Value>) -> bool {
    let workspace = value.and_then(|value| value.get("workspace"));
    workspace.and_then(Value::as_bool) == Some(true)
}
