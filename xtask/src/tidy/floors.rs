//! Which crate may depend on which: the floors, and the outside crates each may name.
//!
//! A crate depends only on crates of lower floors, so facts flow one way. Floors 0 to 2 do no I/O:
//! nothing that opens a connection or runs tasks may be reached from them, not even through others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::Fault;

/// A crate of the workspace and what its manifest asks for.
#[derive(Clone, Debug)]
pub struct Package {
    /// The crate's name.
    pub name: String,
    /// The dependencies as declared.
    pub dependencies: Vec<Dependency>,
}

/// A declared dependency.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The crate depended on.
    pub name: String,
    /// What it is needed for.
    pub kind: Kind,
    /// The features asked for here, beside the workspace's.
    pub features: Vec<String>,
}

/// What a dependency is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// For the build script.
    Build,
    /// For tests only.
    Development,
    /// For the crate itself.
    Normal,
}

/// Resolved dependencies by name, those for tests and build scripts left out.
pub type Edges = BTreeMap<String, BTreeSet<String>>;

/// The floor of each crate, and the floor below which the crates are open to it. Crates of one floor
/// never use each other; the lab keeps off the adapters and the core of the client, so that client and server,
/// written apart, check each other.
const FLOORS: &[(&str, u8, u8)] = &[
    ("hallpass-types", 0, 0),
    ("hallpass-diag", 0, 0),
    ("hallpass-iam", 1, 1),
    ("hallpass-oidc", 1, 1),
    ("hallpass-workflow", 1, 1),
    ("hallpass-inject", 1, 1),
    ("hallpass-kubernetes", 1, 1),
    ("hallpass-chain", 2, 2),
    ("hallpass-aws", 3, 3),
    ("hallpass-cluster", 3, 3),
    ("hallpass-github", 3, 3),
    ("hallpass-runtime", 3, 3),
    ("hallpass-webhook", 4, 4),
    ("hallpass-operator", 4, 4),
    ("hallpass-lab", 4, 2),
    ("hallpass-runner", 4, 2),
    ("hallpass", 5, 5),
];

/// Crates beside the floors, and what of the workspace they may use.
const BESIDE: &[(&str, &[&str])] = &[("hallpass-testkit", &["hallpass-types"]), ("xtask", &[])];

/// The floors below this one do no I/O.
const FIRST_FLOOR_WITH_IO: u8 = 3;

/// What opens connections or runs tasks.
const IO: &[&str] = &[
    "axum",
    "hyper",
    "kube",
    "reqwest",
    "rustls",
    "tokio",
    "tokio-rustls",
    "ureq",
];

/// Crates that one crate alone may name.
const ALONE: &[(&str, &str)] = &[
    ("kube", "hallpass-cluster"),
    ("kube-client", "hallpass-cluster"),
    ("kube-runtime", "hallpass-cluster"),
];

/// Crates that nobody may name: one TLS implementation is enough to keep up to date.
const NOWHERE: &[&str] = &["native-tls", "openssl", "openssl-sys"];

/// Faults of the declared dependencies.
pub fn floors(packages: &[Package]) -> Vec<Fault> {
    let members: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        if floor(name).is_none() && beside(name).is_none() {
            let says = "stands on no floor: give it a line in FLOORS in xtask/src/tidy/floors.rs";
            faults.push(Fault::new("floors", name, says));
            continue;
        }
        for dependency in &package.dependencies {
            let wrong = if members.contains(dependency.name.as_str()) {
                inside(name, dependency)
            } else {
                outside(name, dependency)
            };
            faults.extend(wrong.map(|says| Fault::new("floors", name, says)));
        }
    }
    faults
}

fn inside(name: &str, dependency: &Dependency) -> Option<String> {
    let other = dependency.name.as_str();
    if other == "hallpass-testkit" {
        let is_for_tests = dependency.kind == Kind::Development;
        return (!is_for_tests)
            .then(|| "depends on `hallpass-testkit` outside its tests".to_owned());
    }
    if let Some(allowed) = beside(name) {
        let is_allowed = allowed.contains(&other);
        return (!is_allowed).then(|| format!("must not depend on `{other}`"));
    }
    let (_, ceiling) = floor(name)?;
    match floor(other) {
        Some((at, _)) if at < ceiling => None,
        Some((at, _)) => Some(format!(
            "must not depend on `{other}` of floor {at}: only floors below {ceiling} are open to it"
        )),
        None => Some(format!(
            "must not depend on `{other}`, which is never shipped"
        )),
    }
}

fn outside(name: &str, dependency: &Dependency) -> Option<String> {
    let other = dependency.name.as_str();
    let is_io = dependency.kind == Kind::Normal && IO.contains(&other);
    if NOWHERE.contains(&other) {
        return Some(format!("depends on `{other}`, which is banned everywhere"));
    }
    if let Some((_, only)) = ALONE
        .iter()
        .find(|(alone, only)| *alone == other && *only != name)
    {
        return Some(format!(
            "depends on `{other}`, which only `{only}` may name"
        ));
    }
    if is_io && floor(name).is_some_and(|(at, _)| at < FIRST_FLOOR_WITH_IO) {
        return Some(format!("depends on `{other}`, but its floor does no I/O"));
    }
    let mut features = dependency.features.iter();
    if other == "miette" && name != "hallpass" && features.any(|name| name.starts_with("fancy")) {
        return Some("asks for miette's renderer, which only `hallpass` may name".to_owned());
    }
    None
}

/// Faults of the resolved dependencies: I/O that a floor without I/O reaches through others.
pub fn reaches(packages: &[Package], edges: &Edges) -> Vec<Fault> {
    packages
        .iter()
        .filter(|package| floor(&package.name).is_some_and(|(at, _)| at < FIRST_FLOOR_WITH_IO))
        .filter_map(|package| {
            let path = path_to_io(&package.name, edges)?;
            let says = format!("reaches I/O through {}", path.join(" -> "));
            Some(Fault::new("floors", &package.name, says))
        })
        .collect()
}

fn path_to_io(from: &str, edges: &Edges) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut waiting = VecDeque::from([vec![from.to_owned()]]);
    while let Some(path) = waiting.pop_front() {
        let last = path.last()?;
        if IO.contains(&last.as_str()) {
            return Some(path);
        }
        for next in edges.get(last).into_iter().flatten() {
            if seen.insert(next.clone()) {
                let mut longer = path.clone();
                longer.push(next.clone());
                waiting.push_back(longer);
            }
        }
    }
    None
}

fn floor(name: &str) -> Option<(u8, u8)> {
    let found = FLOORS.iter().find(|(crate_name, ..)| *crate_name == name);
    found.map(|&(_, at, highest)| (at, highest))
}

fn beside(name: &str) -> Option<&'static [&'static str]> {
    let found = BESIDE.iter().find(|(crate_name, _)| *crate_name == name);
    found.map(|&(_, allowed)| allowed)
}
