//! Every case of `vectors/policy` is decided as AWS's documentation says.
//!
//! The cases are language-neutral: any other engine may run them. Each names the page it follows.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hallpass_iam::{Case, Failure};
use serde_json::Value;

/// A case, and what only these files say of it.
struct Vector {
    name: String,
    /// AWS's page.
    source: String,
    /// The layer that decides, or the condition key that the nearest statement fails on.
    because: Option<String>,
    text: String,
}

#[test]
fn every_case_is_decided_as_documented() {
    let mut failures = Vec::new();
    for (file, cases) in files() {
        for case in cases {
            if let Err(why) = run(&case) {
                failures.push(format!("{file}: {}: {why}", case.name));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} cases differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn names_are_unique_and_sources_given() {
    let mut names = BTreeSet::new();
    for (file, cases) in files() {
        assert!(!cases.is_empty(), "{file} holds no case");
        for case in cases {
            assert!(!case.source.is_empty(), "{file}: {}: no source", case.name);
            assert!(
                names.insert(case.name.clone()),
                "{file}: {} twice",
                case.name
            );
        }
    }
    assert!(names.len() >= 300, "only {} cases were found", names.len());
}

/// Each file's name and cases.
fn files() -> Vec<(String, Vec<Vector>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/policy");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let cases: Vec<Value> =
                serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
            (name, cases.iter().map(vector).collect())
        })
        .collect()
}

fn vector(value: &Value) -> Vector {
    for field in value.as_object().unwrap().keys() {
        assert!(FIELDS.contains(&field.as_str()), "`{field}` in {value}");
    }
    let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    Vector {
        name: text("name").unwrap_or_else(|| panic!("no name: {value}")),
        source: text("source").unwrap_or_default(),
        because: text("because"),
        text: value.to_string(),
    }
}

fn run(vector: &Vector) -> Result<(), String> {
    let case = Case::parse(&vector.text).map_err(|error| error.to_string())?;
    let decision = case.explain();
    let got = decision.outcome();
    assert_eq!(got, case.decide(), "{}", vector.name);
    if Some(got.as_str()) != case.wanted() {
        return Err(format!(
            "wanted {:?}, got {got:?}: {}",
            case.wanted(),
            decision.summary()
        ));
    }
    let Some(because) = &vector.because else {
        return Ok(());
    };
    let key = decision.nearest().and_then(|report| match &report.failure {
        Some(Failure::Condition { key, .. }) => Some(key.as_str()),
        _ => None,
    });
    if decision.layer().as_str() == because || key == Some(because.as_str()) {
        Ok(())
    } else {
        Err(format!("not because of {because}: {}", decision.summary()))
    }
}

const FIELDS: &[&str] = &[
    "because",
    "decision",
    "identityPolicies",
    "name",
    "permissionBoundaries",
    "request",
    "resourceControlPolicies",
    "resourcePolicy",
    "serviceControlPolicies",
    "sessionPolicies",
    "source",
];
