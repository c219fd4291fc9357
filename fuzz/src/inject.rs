//! The pod identity webhook.

use std::collections::BTreeMap;

use hallpass_inject::{Admission, ContainerCredentials, IdentityPaths, Outcome, Settings, inject};
use hallpass_testkit::SeededChance;
use hallpass_types::ServiceAccountName;
use serde_json::Value;

use crate::sections::sections;

/// A pod, its service account's annotations, and its namespace's labels: the patch fits the pod, takes
/// nothing away, and is complete at once.
pub fn inject_pod(input: &[u8]) {
    let Some([pod, annotations, labels]) = sections(input) else {
        return;
    };
    let Ok(pod) = serde_json::from_str::<Value>(pod) else {
        return;
    };
    let _ = IdentityPaths::of(&pod);
    let annotations: Option<BTreeMap<String, String>> = serde_json::from_str(annotations).ok();
    let labels: BTreeMap<String, String> = serde_json::from_str(labels).unwrap_or_default();
    let account = ServiceAccountName::new("arc", "runner").expect("the names are names");
    for settings in [Settings::default(), pod_identity(&account)] {
        let admit = |pod: &Value| {
            let admission = Admission {
                pod,
                account: &account,
                account_annotations: annotations.as_ref(),
                namespace_labels: &labels,
            };
            inject(&admission, &settings, &SeededChance::new(1))
        };
        let Ok(injection) = admit(&pod) else {
            continue;
        };
        let Outcome::Patched(patch) = injection.outcome else {
            continue;
        };
        let mut patched = pod.clone();
        patch
            .apply(&mut patched)
            .expect("a patch fits the pod that it was made for");
        assert!(holds(&patched, &pod), "{pod} is not in {patched}");
        let again = admit(&patched).expect("a patched pod is a pod");
        // It may be labelled again with what it is labelled with.
        if let Outcome::Patched(patch) = again.outcome {
            let mut twice = patched.clone();
            patch
                .apply(&mut twice)
                .expect("a patch fits the pod that it was made for");
            assert_eq!(twice, patched, "once is enough");
        }
    }
}

fn pod_identity(account: &ServiceAccountName) -> Settings {
    Settings {
        regional_sts: true,
        region: Some("us-west-2".to_owned()),
        container_credentials: Some(ContainerCredentials::of_eks([account.clone()].into())),
        ..Settings::default()
    }
}

/// Whether everything in `less` is in `more`, in its order.
fn holds(more: &Value, less: &Value) -> bool {
    match (more, less) {
        (Value::Object(more), Value::Object(less)) => less.iter().all(|(name, value)| {
            value.is_null() || more.get(name).is_some_and(|more| holds(more, value))
        }),
        (Value::Array(more), Value::Array(less)) => {
            let mut more = more.iter();
            less.iter().all(|value| more.any(|more| holds(more, value)))
        }
        (more, less) => more == less,
    }
}
