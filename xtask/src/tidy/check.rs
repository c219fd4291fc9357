//! Feeds the rules with this workspace.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use super::{
    CodePage, Dependency, Edges, Kind, Package, code_pages, codes_in, floors, manifest, reaches,
    source,
};
use crate::{Fault, tree::Tree};

/// Every fault of the tree, in order.
pub fn check(tree: &Tree) -> Result<Vec<Fault>> {
    let metadata = MetadataCommand::new()
        .manifest_path(tree.path("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()
        .context("failed to read the workspace's metadata")?;
    let packages = packages(&metadata);
    let mut faults = floors(&packages);
    faults.extend(reaches(&packages, &edges(&metadata)));
    faults.extend(manifest_faults(&metadata)?);
    faults.extend(source_faults(tree)?);
    faults.extend(code_faults(tree)?);
    faults.sort();
    faults.dedup();
    Ok(faults)
}

fn manifest_faults(metadata: &Metadata) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let text = std::fs::read_to_string(&package.manifest_path)?;
        let folder = package.manifest_path.parent();
        let folder = folder.and_then(|path| path.file_name()).unwrap_or_default();
        faults.extend(manifest(folder, &text));
    }
    Ok(faults)
}

fn source_faults(tree: &Tree) -> Result<Vec<Fault>> {
    let mut paths = Vec::new();
    for folder in ["crates", "xtask", "fuzz", "bench"] {
        paths.extend(tree.files(folder, "rs")?);
    }
    let known: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for path in &paths {
        let folder = path.trim_end_matches(".rs");
        // Tests of a file that has grown long stand in a folder beside it; they make it no root.
        let has_children = known.range(folder..).any(|other| {
            other
                .strip_prefix(folder)
                .is_some_and(|end| end.starts_with('/') && !end.ends_with("tests.rs"))
        });
        faults.extend(source(path, &tree.read(path)?, has_children));
    }
    Ok(faults)
}

fn code_faults(tree: &Tree) -> Result<Vec<Fault>> {
    let mut uses = Vec::new();
    let mut faults = Vec::new();
    for path in tree.files("crates", "rs")? {
        if path.contains("/src/") {
            let (found, wrong) = codes_in(&path, &tree.read(&path)?);
            uses.extend(found);
            faults.extend(wrong);
        }
    }
    let mut pages = Vec::new();
    for path in tree.files("docs/codes", "md")? {
        let text = tree.read(&path)?;
        pages.push(CodePage { path, text });
    }
    faults.extend(code_pages(&uses, &pages));
    Ok(faults)
}

fn packages(metadata: &Metadata) -> Vec<Package> {
    let dependency = |dependency: &cargo_metadata::Dependency| Dependency {
        name: dependency.name.clone(),
        kind: kind(dependency.kind),
        features: dependency.features.clone(),
    };
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| Package {
            name: package.name.to_string(),
            dependencies: package.dependencies.iter().map(dependency).collect(),
        })
        .collect()
}

fn edges(metadata: &Metadata) -> Edges {
    let names: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package.name.to_string()))
        .collect();
    let mut edges = Edges::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let Some(from) = names.get(&node.id) else {
            continue;
        };
        let to = node.deps.iter().filter(|dependency| {
            let mut kinds = dependency.dep_kinds.iter();
            kinds.any(|kind| kind.kind == DependencyKind::Normal)
        });
        edges
            .entry(from.clone())
            .or_default()
            .extend(to.filter_map(|dependency| names.get(&dependency.pkg).cloned()));
    }
    edges
}

fn kind(kind: DependencyKind) -> Kind {
    match kind {
        DependencyKind::Development => Kind::Development,
        DependencyKind::Build => Kind::Build,
        _ => Kind::Normal,
    }
}
