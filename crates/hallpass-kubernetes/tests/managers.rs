//! Who manages what after changes that are no applies, and how `managedFields` is kept.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    dead_code,
    unreachable_pub,
    reason = "the helpers are part of the tests, and shared"
)]

#[path = "support/managed.rs"]
mod managed;

use hallpass_kubernetes::builtin;
use hallpass_kubernetes::fields::{Request, track_update};
use managed::{apply_as, by, created_as, owners, runner, runners, update_as};
use serde_json::json;

#[test]
fn an_update_takes_what_it_changes_from_all_others() {
    let live = apply_as(None, "a", false, json!({"replicas": 1, "image": "i"})).unwrap();
    let next = update_as(&live, "scaler", |object| {
        object["spec"]["replicas"] = json!(3);
        object["spec"].as_object_mut().unwrap().remove("image");
        object["metadata"]["labels"] = json!({"x": "y"});
    });
    insta::assert_debug_snapshot!(owners(&next), @r#"
    [
        "scaler Update: {\"f:metadata\":{\"f:labels\":{\".\":{},\"f:x\":{}}},\"f:spec\":{\"f:replicas\":{}}}",
    ]
    "#);
    let error = apply_as(Some(&next), "a", false, json!({"replicas": 1})).unwrap_err();
    insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "scaler" using ci.example/v1: .spec.replicas"#);
}

#[test]
fn an_update_that_changes_nothing_leaves_the_managers_alone() {
    let live = apply_as(None, "a", false, json!({"replicas": 1})).unwrap();
    assert_eq!(update_as(&live, "b", |_| {}), live);
}

#[test]
fn what_tells_the_object_is_nobodys() {
    let mut new = runner(json!({"replicas": 1}));
    for name in ["uid", "resourceVersion", "creationTimestamp"] {
        new["metadata"][name] = json!("1");
    }
    new["metadata"]["generation"] = json!(1);
    new["metadata"]["finalizers"] = json!(["a/b"]);
    track_update(None, &mut new, &by("c", "ci.example/v1"), &runners());
    insta::assert_debug_snapshot!(owners(&new), @r#"
    [
        "c Update: {\"f:metadata\":{\"f:finalizers\":{\".\":{},\"v:\\\"a/b\\\"\":{}}},\"f:spec\":{\".\":{},\"f:replicas\":{}}}",
    ]
    "#);
}

#[test]
fn an_empty_list_of_managers_forgets_them() {
    let live = apply_as(None, "a", false, json!({"replicas": 1})).unwrap();
    for reset in [json!([]), json!([{}])] {
        let next = update_as(&live, "b", |object| {
            object["metadata"]["managedFields"] = reset;
        });
        assert_eq!(next["metadata"].get("managedFields"), None);
        // The next apply finds an object that nobody is noted for.
        let error = apply_as(Some(&next), "a", false, json!({"replicas": 2})).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "before-first-apply" using ci.example/v1: .spec.replicas"#);
        }
    }
    // A client that knows nothing of managers does not lose them.
    let next = update_as(&live, "b", |object| {
        object["metadata"]
            .as_object_mut()
            .unwrap()
            .remove("managedFields");
    });
    assert_eq!(next, live);
}

#[test]
fn a_client_may_write_managers_and_nonsense_is_not_taken() {
    let live = apply_as(None, "a", false, json!({"replicas": 1})).unwrap();
    let next = update_as(&live, "b", |object| {
        object["metadata"]["managedFields"][0]["manager"] = json!("z");
    });
    assert_eq!(owners(&next), [r#"z Apply: {"f:spec":{"f:replicas":{}}}"#]);
    let next = update_as(&live, "b", |object| {
        object["metadata"]["managedFields"][0]["fieldsV1"] = json!({"x:spec": {}});
    });
    assert_eq!(next, live);
}

#[test]
fn the_oldest_updaters_are_merged() {
    let mut live = created_as("creator", json!({"env": []}));
    for count in 0..15 {
        let mut new = live.clone();
        let env = new["spec"]["env"].as_array_mut().unwrap();
        env.push(json!({"name": format!("V{count}")}));
        let (manager, now) = (
            format!("m{count:02}"),
            format!("2026-11-24T16:{count:02}:00Z"),
        );
        let request = Request {
            now: &now,
            ..by(&manager, "ci.example/v1")
        };
        track_update(Some(&live), &mut new, &request, &runners());
        live = new;
    }
    let managers: Vec<&str> = live["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["manager"].as_str().unwrap())
        .collect();
    assert_eq!(
        managers,
        [
            "ancient-changes",
            "m06",
            "m07",
            "m08",
            "m09",
            "m10",
            "m11",
            "m12",
            "m13",
            "m14"
        ]
    );
}

#[test]
fn a_pod_is_taken_apart_by_its_built_in_schema() {
    let schema = builtin::schema_of("", "v1", "Pod").unwrap();
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}},
        "spec": {
            "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}],
                            "resources": {"limits": {"cpu": "1"}},
                            "env": [{"name": "X", "value": "1"}], "command": ["a"]}],
            "securityContext": {},
            "tolerations": [{"key": "k"}],
        },
    });
    track_update(None, &mut pod, &by("kubectl-create", "v1"), &schema);
    insta::assert_json_snapshot!(pod["metadata"]["managedFields"][0]["fieldsV1"], @r#"
    {
      "f:metadata": {
        "f:labels": {
          ".": {},
          "f:a": {}
        }
      },
      "f:spec": {
        "f:containers": {
          "k:{\"name\":\"c\"}": {
            ".": {},
            "f:command": {},
            "f:env": {
              ".": {},
              "k:{\"name\":\"X\"}": {
                ".": {},
                "f:name": {},
                "f:value": {}
              }
            },
            "f:image": {},
            "f:name": {},
            "f:ports": {
              ".": {},
              "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {
                ".": {},
                "f:containerPort": {}
              }
            },
            "f:resources": {
              ".": {},
              "f:limits": {
                ".": {},
                "f:cpu": {}
              }
            }
          }
        },
        "f:securityContext": {},
        "f:tolerations": {}
      }
    }
    "#);
}
