//! Server-side apply: the cases of the documentation page "Server-Side Apply", and the odd ones.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "the helpers are part of the tests, and shared"
)]

#[path = "support/managed.rs"]
mod managed;

use hallpass_kubernetes::builtin;
use hallpass_kubernetes::fields::{ApplyError, Request, apply, track_update};
use managed::{LATER, apply_as, by, created_as, owners, runner, runners, update_as};
use serde_json::{Value, json};

#[test]
fn an_apply_creates_and_owns_its_leaves() {
    let made = apply_as(
        None,
        "a",
        false,
        json!({"replicas": 1, "env": [{"name": "X", "value": "1"}], "labels": ["l"],
               "args": ["a"], "selector": {"s": "t"}, "strategy": {}, "extra": {"q": {"w": 1}}}),
    )
    .unwrap();
    insta::assert_json_snapshot!(made["metadata"]["managedFields"], @r#"
    [
      {
        "apiVersion": "ci.example/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {
          "f:spec": {
            "f:args": {},
            "f:env": {
              "k:{\"name\":\"X\"}": {
                ".": {},
                "f:name": {},
                "f:value": {}
              }
            },
            "f:extra": {
              "f:q": {
                ".": {},
                "f:w": {}
              }
            },
            "f:labels": {
              "v:\"l\"": {}
            },
            "f:replicas": {},
            "f:selector": {},
            "f:strategy": {}
          }
        },
        "manager": "a",
        "operation": "Apply",
        "time": "2026-11-24T16:00:00Z"
      }
    ]
    "#);
}

#[test]
fn the_same_apply_again_changes_nothing() {
    let spec = json!({"replicas": 1, "env": [{"name": "X"}], "ports": [{"port": 1}]});
    let made = apply_as(None, "a", false, spec.clone()).unwrap();
    let request = Request {
        now: LATER,
        ..by("a", "ci.example/v1")
    };
    let again = apply(Some(&made), &runner(spec), false, &request, &runners()).unwrap();
    assert_eq!(again, made);
}

#[test]
fn a_field_of_another_is_a_conflict_unless_forced_or_equal() {
    let live = apply_as(None, "a", false, json!({"replicas": 1, "image": "i"})).unwrap();
    let error = apply_as(Some(&live), "b", false, json!({"replicas": 2})).unwrap_err();
    insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "a": .spec.replicas"#);
    let ApplyError::Conflicts(conflicts) = error else {
        panic!("a conflict");
    };
    assert_eq!(conflicts[0].message(), "conflict with \"a\"");
    assert_eq!(conflicts[0].path, ".spec.replicas");

    let forced = apply_as(Some(&live), "b", true, json!({"replicas": 2})).unwrap();
    assert_eq!(forced["spec"], json!({"replicas": 2, "image": "i"}));
    insta::assert_debug_snapshot!(owners(&forced), @r#"
    [
        "a Apply: {\"f:spec\":{\"f:image\":{}}}",
        "b Apply: {\"f:spec\":{\"f:replicas\":{}}}",
    ]
    "#);

    let shared = apply_as(Some(&live), "b", false, json!({"replicas": 1})).unwrap();
    insta::assert_debug_snapshot!(owners(&shared), @r#"
    [
        "a Apply: {\"f:spec\":{\"f:image\":{},\"f:replicas\":{}}}",
        "b Apply: {\"f:spec\":{\"f:replicas\":{}}}",
    ]
    "#);
}

#[test]
fn several_conflicts_are_told_by_their_managers() {
    let live = created_as("kubectl-create", json!({"replicas": 1, "image": "i"}));
    let live = update_as(&live, "kubectl-edit", |object| {
        object["spec"]["env"] = json!([{"name": "X", "value": "1"}]);
    });
    let wanted = json!({"replicas": 2, "image": "j", "env": [{"name": "X", "value": "2"}]});
    let error = apply_as(Some(&live), "me", false, wanted).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    Apply failed with 3 conflicts: conflicts with "kubectl-create" using ci.example/v1:
    - .spec.image
    - .spec.replicas
    conflicts with "kubectl-edit" using ci.example/v1:
    - .spec.env[name="X"].value
    "#);
}

#[test]
fn what_a_manager_gives_up_leaves_unless_another_has_it() {
    let live = apply_as(
        None,
        "a",
        false,
        json!({"replicas": 1, "image": "i", "strategy": {"kind": "k", "surge": 1},
               "env": [{"name": "X", "value": "1"}, {"name": "Y"}], "labels": ["l", "m"]}),
    )
    .unwrap();
    let live = apply_as(
        Some(&live),
        "b",
        false,
        json!({"replicas": 1, "labels": ["m"]}),
    )
    .unwrap();
    let left = apply_as(Some(&live), "a", false, json!({"env": [{"name": "Y"}]})).unwrap();
    assert_eq!(
        left["spec"],
        json!({"replicas": 1, "env": [{"name": "Y"}], "labels": ["m"]})
    );
    insta::assert_debug_snapshot!(owners(&left), @r#"
    [
        "a Apply: {\"f:spec\":{\"f:env\":{\"k:{\\\"name\\\":\\\"Y\\\"}\":{\".\":{},\"f:name\":{}}}}}",
        "b Apply: {\"f:spec\":{\"f:labels\":{\"v:\\\"m\\\"\":{}},\"f:replicas\":{}}}",
    ]
    "#);
}

#[test]
fn what_nobody_manages_stays() {
    // Given up by an updater's removal: `paused` is nobody's after its owner is forgotten.
    let live = apply_as(None, "a", false, json!({"replicas": 1})).unwrap();
    let mut live = update_as(&live, "c", |object| object["spec"]["paused"] = json!(true));
    let entries = live["metadata"]["managedFields"].as_array_mut().unwrap();
    entries.retain(|entry| entry["manager"] != "c");
    let next = apply_as(Some(&live), "a", false, json!({"replicas": 2})).unwrap();
    assert_eq!(next["spec"], json!({"replicas": 2, "paused": true}));
}

#[test]
fn the_last_apply_of_all_fields_takes_the_object_they_stood_in() {
    let live = apply_as(
        None,
        "a",
        false,
        json!({"image": "i", "strategy": {"kind": "k"}}),
    )
    .unwrap();
    let next = apply_as(Some(&live), "a", false, json!({"image": "i"})).unwrap();
    assert_eq!(next["spec"], json!({"image": "i"}));
}

#[test]
fn an_atomic_list_and_map_have_one_owner() {
    let live = apply_as(
        None,
        "a",
        false,
        json!({"args": ["1"], "selector": {"x": "y"}}),
    )
    .unwrap();
    let wanted = json!({"args": ["1", "2"], "selector": {"x": "y", "z": "w"}});
    let error = apply_as(Some(&live), "b", false, wanted).unwrap_err();
    let ApplyError::Conflicts(conflicts) = error else {
        panic!("a conflict");
    };
    let paths: Vec<&str> = conflicts.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, [".spec.args", ".spec.selector"]);
}

#[test]
fn list_elements_are_told_by_their_keys_and_defaults() {
    let live = apply_as(
        None,
        "a",
        false,
        json!({"ports": [{"port": 1, "name": "x"}]}),
    )
    .unwrap();
    let wanted = json!({"ports": [{"port": 1, "protocol": "UDP"}, {"port": 1, "protocol": "TCP", "name": "x"}]});
    let both = apply_as(Some(&live), "b", false, wanted).unwrap();
    assert_eq!(
        both["spec"]["ports"],
        json!([{"port": 1, "protocol": "UDP"}, {"port": 1, "name": "x", "protocol": "TCP"}])
    );
}

#[test]
fn the_order_is_the_configurations_with_others_elements_in_their_places() {
    let live = apply_as(None, "a", false, json!({"labels": ["1", "2", "3", "4"]})).unwrap();
    let next = apply_as(Some(&live), "b", false, json!({"labels": ["4", "5", "2"]})).unwrap();
    assert_eq!(next["spec"]["labels"], json!(["1", "4", "5", "2", "3"]));
}

#[test]
fn the_status_is_managed_through_its_subresource() {
    let live = apply_as(None, "a", false, json!({"replicas": 1})).unwrap();
    let mut new = live.clone();
    new["status"] = json!({"ready": 1});
    let request = Request {
        subresource: "status",
        ignores: &["spec", "metadata"],
        ..by("controller", "ci.example/v1")
    };
    track_update(Some(&live), &mut new, &request, &runners());
    insta::assert_debug_snapshot!(owners(&new), @r#"
    [
        "a Apply: {\"f:spec\":{\"f:replicas\":{}}}",
        "controller Updatestatus: {\"f:status\":{\".\":{},\"f:ready\":{}}}",
    ]
    "#);
    // The object's own endpoint has no opinion of the status.
    let mut applied = runner(json!({"replicas": 1}));
    applied["status"] = json!({"ready": 9});
    let next = apply(
        Some(&new),
        &applied,
        false,
        &by("a", "ci.example/v1"),
        &runners(),
    );
    assert_eq!(next.unwrap(), new);
    // Through the subresource it is a conflict.
    let request = Request {
        manager: "other",
        ..request
    };
    let error = apply(Some(&new), &applied, false, &request, &runners()).unwrap_err();
    insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "controller" with subresource "status" using ci.example/v1: .status.ready"#);
}

#[test]
fn an_apply_may_not_say_who_manages() {
    let mut applied = runner(json!({"replicas": 1}));
    applied["metadata"]["managedFields"] = json!([{"manager": "x"}]);
    let error = apply(None, &applied, true, &by("a", "ci.example/v1"), &runners()).unwrap_err();
    insta::assert_snapshot!(error, @"metadata.managedFields must be nil");
}

#[test]
fn a_configuration_of_another_shape_is_told_where() {
    let cases = [
        json!({"replica": 1}),
        json!({"env": {"name": "X"}}),
        json!({"env": [{"value": "X"}]}),
        json!({"env": [{"name": "X"}, {"name": "X"}]}),
        json!({"labels": ["a", "a"]}),
        json!({"strategy": "Recreate", "foo": 1}),
    ];
    let told: Vec<String> = cases
        .into_iter()
        .map(|spec| apply_as(None, "a", false, spec).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): .spec.replica: field not declared in schema
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): .spec.env: expected list, got {"name":"X"}
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): .spec.env: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): .spec.env: duplicate entries for key [name="X"]
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): .spec.labels: duplicate entries for key [="a"]
    failed to create typed patch object (ci/r; ci.example/v1, Kind=Runner): errors:
      .spec.strategy: expected map, got "Recreate"
      .spec.foo: field not declared in schema
    "#);
}

#[test]
fn kubectl_takes_over_what_client_side_apply_wrote() {
    let mut live = runner(json!({"replicas": 1, "image": "i"}));
    let last = format!("{}\n", runner(json!({"replicas": 1, "image": "i"})));
    live["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": last});
    let request = by("kubectl-client-side-apply", "ci.example/v1");
    track_update(None, &mut live, &request, &runners());
    // Another manager must force it.
    let wanted = json!({"replicas": 2, "image": "i"});
    assert!(apply_as(Some(&live), "argocd", false, wanted.clone()).is_err());
    let next = apply_as(Some(&live), "kubectl", false, wanted.clone()).unwrap();
    assert_eq!(next["spec"]["replicas"], 2);
    let annotation =
        &next["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"];
    let kept: Value = serde_json::from_str(annotation.as_str().unwrap()).unwrap();
    assert_eq!(kept, runner(wanted.clone()));
    // What was changed since is no longer client-side apply's to give.
    let edited = update_as(&live, "kubectl-edit", |object| {
        object["spec"]["replicas"] = json!(5);
    });
    let error = apply_as(Some(&edited), "kubectl", false, wanted).unwrap_err();
    insta::assert_snapshot!(error, @r#"Apply failed with 1 conflict: conflict with "kubectl-edit" using ci.example/v1: .spec.replicas"#);
}

/// The documentation's example: a config map, made by apply, changed by another.
#[test]
fn the_documentations_config_map() {
    let schema = builtin::schema_of("", "v1", "ConfigMap").unwrap();
    let config = |value: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "test-cm", "namespace": "default", "labels": {"test-label": "test"}},
            "data": {"key": value},
        })
    };
    let live = apply(
        None,
        &config("some value"),
        false,
        &by("kubectl", "v1"),
        &schema,
    )
    .unwrap();
    assert_eq!(
        owners(&live),
        [r#"kubectl Apply: {"f:data":{"f:key":{}},"f:metadata":{"f:labels":{"f:test-label":{}}}}"#]
    );
    let mut new = live.clone();
    new["data"]["key"] = json!("new value");
    track_update(
        Some(&live),
        &mut new,
        &by("kube-controller-manager", "v1"),
        &schema,
    );
    insta::assert_debug_snapshot!(owners(&new), @r#"
    [
        "kubectl Apply: {\"f:metadata\":{\"f:labels\":{\"f:test-label\":{}}}}",
        "kube-controller-manager Update: {\"f:data\":{\"f:key\":{}}}",
    ]
    "#);
}
