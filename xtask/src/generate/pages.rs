//! Writes the pages, or says which of them differ.

use std::fs;

use anyhow::{Context, Result};

use super::{cli_page, codes_page};
use crate::tidy::CodePage;
use crate::{Fault, tree::Tree};

/// Writes every page.
pub fn write(tree: &Tree) -> Result<Vec<Fault>> {
    for (path, text) in pages(tree)? {
        let path = tree.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(Vec::new())
}

/// A fault for each page that `write` would change.
pub fn check(tree: &Tree) -> Result<Vec<Fault>> {
    Ok(stale(tree, &pages(tree)?))
}

/// A fault for each of `pages` that differs from the file of its path.
pub fn stale(tree: &Tree, pages: &[(&str, String)]) -> Vec<Fault> {
    let is_stale = |path: &str, text: &str| tree.read(path).ok().as_deref() != Some(text);
    pages
        .iter()
        .filter(|(path, text)| is_stale(path, text))
        .map(|&(path, _)| Fault::new("generated", path, "is stale: run `cargo xtask gen`"))
        .collect()
}

fn pages(tree: &Tree) -> Result<Vec<(&'static str, String)>> {
    let mut codes = Vec::new();
    for path in tree.files("docs/codes", "md")? {
        let text = tree.read(&path)?;
        codes.push(CodePage { path, text });
    }
    Ok(vec![
        ("docs/reference/cli.md", cli_page(&tree.binary()?)?),
        ("docs/reference/codes.md", codes_page(&codes)),
    ])
}
