//! Gathers the pages of `docs/codes` into the binary, so that `hallpass rules` works offline.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes");
    let mut pages = Vec::new();
    collect(&folder, &mut pages)?;
    pages.sort();
    let mut table = String::from("const PAGES: &[(&str, &str)] = &[\n");
    for page in &pages {
        let relative = page
            .strip_prefix(&folder)
            .unwrap_or(page)
            .with_extension("");
        let code = relative.to_string_lossy().replace('\\', "/");
        let path = page.canonicalize()?;
        let path = path.to_string_lossy();
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "    (\"{}\", include_str!(\"{}\")),",
            code.escape_default(),
            path.escape_default()
        );
    }
    table.push_str("];\n");
    #[expect(
        clippy::disallowed_methods,
        reason = "Cargo tells a build script where to write by the environment"
    )]
    let out = env::var_os("OUT_DIR").map_or_else(PathBuf::new, PathBuf::from);
    fs::write(out.join("pages.rs"), table)
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}
