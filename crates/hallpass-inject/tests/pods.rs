//! Every folder of `tests/pods` is a case: a pod, its surroundings, the patch that it gets.
//!
//! The patches are written by hand after the webhook's code. Each is also applied by another
//! implementation of RFC 6902, and injected a second time, which must change nothing.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hallpass_inject::{Admission, ContainerCredentials, Injection, Outcome, Settings, inject};
use hallpass_types::{Chance, ServiceAccountName};
use serde_json::{Value, json};

/// Chance whose first byte is seven and whose others are none.
struct Seven;

impl Chance for Seven {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
        if let Some(first) = bytes.first_mut() {
            *first = 7;
        }
    }
}

struct Case {
    name: String,
    pod: Value,
    config: Value,
    patch: Value,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let read = |name: &str| {
            let path = folder.join(name);
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let config: Value = read("config.json");
        for key in config.as_object().unwrap().keys() {
            assert!(
                CONFIG_KEYS.contains(&key.as_str()),
                "{}: {key}",
                folder.display()
            );
        }
        Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            pod: read("pod.json"),
            config,
            patch: read("patch.json"),
        }
    }

    fn strings(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let map = self.config.get(name)?.as_object()?;
        let pairs = map.iter();
        Some(
            pairs
                .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
        )
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        let given = self.config.get("settings").and_then(Value::as_object);
        for (name, value) in given.into_iter().flatten() {
            let text = || value.as_str().unwrap().to_owned();
            match name.as_str() {
                "audience" => settings.audience = text(),
                "mountPath" => settings.mount_path = text(),
                "prefix" => settings.prefix = text(),
                "region" => settings.region = Some(text()),
                "regionalSts" => settings.regional_sts = value.as_bool().unwrap(),
                "tokenExpiration" => settings.token_expiration = value.as_i64().unwrap(),
                other => panic!("{}: unknown setting `{other}`", self.name),
            }
        }
        settings.container_credentials = self.config.get("podIdentity").map(|identities| {
            let identities = identities.as_array().unwrap().iter();
            ContainerCredentials::of_eks(
                identities
                    .map(|name| name.as_str().unwrap().parse().unwrap())
                    .collect(),
            )
        });
        settings
    }

    fn inject(&self, pod: &Value) -> Injection {
        let account: ServiceAccountName = "actions/runner".parse().unwrap();
        let annotations = self.strings("accountAnnotations");
        let labels = self.strings("namespaceLabels").unwrap_or_default();
        let admission = Admission {
            pod,
            account: &account,
            account_annotations: annotations.as_ref(),
            namespace_labels: &labels,
        };
        inject(&admission, &self.settings(), &Seven).unwrap()
    }
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pods");
    let folders = fs::read_dir(root).unwrap();
    let mut cases: Vec<_> = folders
        .map(|entry| Case::read(&entry.unwrap().path()))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    cases
}

#[test]
fn each_pod_gets_its_patch() {
    for case in cases() {
        let injection = case.inject(&case.pod);
        let (patch, left) = match &injection.outcome {
            Outcome::Left(reason) => (json!([]), Some(format!("{reason:?}"))),
            Outcome::Patched(patch) => (patch.to_json(), None),
        };
        assert_eq!(patch, case.patch, "{}", case.name);
        let wanted = case.config.get("left").and_then(Value::as_str);
        assert_eq!(left.as_deref(), wanted, "{}", case.name);
        let warnings: Vec<_> = injection.warnings.iter().map(ToString::to_string).collect();
        let wanted = case.config.get("warnings").cloned().unwrap_or(json!([]));
        assert_eq!(json!(warnings), wanted, "{}", case.name);
    }
}

#[test]
fn another_implementation_applies_the_patch_alike() {
    for case in cases() {
        let Outcome::Patched(patch) = case.inject(&case.pod).outcome else {
            continue;
        };
        let mut ours = case.pod.clone();
        patch.apply(&mut ours).unwrap();
        let mut theirs = case.pod.clone();
        let read: json_patch::Patch = serde_json::from_value(patch.to_json()).unwrap();
        json_patch::patch(&mut theirs, &read).unwrap();
        assert_eq!(ours, theirs, "{}", case.name);
    }
}

#[test]
fn what_is_injected_is_not_injected_again() {
    for case in cases() {
        let Outcome::Patched(patch) = case.inject(&case.pod).outcome else {
            continue;
        };
        let mut once = case.pod.clone();
        patch.apply(&mut once).unwrap();
        let mut twice = once.clone();
        if let Outcome::Patched(patch) = case.inject(&once).outcome {
            patch.apply(&mut twice).unwrap();
        }
        assert_eq!(once, twice, "{}", case.name);
    }
}

#[test]
fn what_the_author_wrote_stays_as_it_is() {
    for case in cases() {
        let Outcome::Patched(patch) = case.inject(&case.pod).outcome else {
            continue;
        };
        let mut patched = case.pod.clone();
        patch.apply(&mut patched).unwrap();
        assert!(holds(&patched, &case.pod), "{}", case.name);
    }
}

/// Whether `whole` has all that `part` has, lists in the same order.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (_, Value::Null) => true,
        (Value::Object(whole), Value::Object(part)) => part.iter().all(|(key, value)| {
            value.is_null() || whole.get(key).is_some_and(|own| holds(own, value))
        }),
        (Value::Array(whole), Value::Array(part)) => {
            let mut rest = whole.iter();
            part.iter().all(|value| rest.any(|own| holds(own, value)))
        }
        _ => whole == part,
    }
}

const CONFIG_KEYS: &[&str] = &[
    "accountAnnotations",
    "left",
    "namespaceLabels",
    "podIdentity",
    "settings",
    "warnings",
];
