//! What each source file must look like: module docs, size, roots without logic, no `mod.rs`.

use crate::Fault;
use crate::source::{Strings, first_function_body, line_at, view};

/// Past this a file is two ideas.
const MOST_LINES: usize = 600;

/// Files that may be longer, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Past this `main` does something that belongs in a room.
const MOST_LINES_OF_MAIN: usize = 60;

/// Faults of the file at `path`; `has_children` tells whether it is the root of a folder of modules.
pub fn source(path: &str, text: &str, has_children: bool) -> Vec<Fault> {
    let fault = |says: String| Fault::new("source", path, says);
    let name = path.rsplit('/').next().unwrap_or(path);
    let lines = text.lines().count();
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push(fault(
            "does not open with `//!`: say what lives here".to_owned(),
        ));
    }
    let is_exempt = LONG.iter().any(|(exempt, _)| *exempt == path);
    if lines > MOST_LINES && !is_exempt {
        faults.push(fault(format!("has {lines} lines, more than {MOST_LINES}")));
    }
    if lines <= MOST_LINES && is_exempt {
        faults.push(fault("needs no exemption from the size limit".to_owned()));
    }
    if name == "mod.rs" {
        faults.push(fault(
            "is a `mod.rs`: name the root after its folder".to_owned(),
        ));
    }
    if path == "crates/hallpass/src/main.rs" && lines > MOST_LINES_OF_MAIN {
        let says = format!("has {lines} lines, more than {MOST_LINES_OF_MAIN}");
        faults.push(fault(says));
    }
    let is_root = path.contains("/src/") && (name == "lib.rs" || has_children);
    if is_root {
        let structure = view(text, Strings::Blanked);
        faults.extend(first_function_body(&structure).map(|(at, function)| {
            let line = line_at(&structure, at);
            fault(format!(
                "defines `{function}` on line {line}: a module's root declares and re-exports only"
            ))
        }));
    }
    faults
}
