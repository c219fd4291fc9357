//! Strategic merge patches: the cases that Kubernetes' documentation tells, and laws.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use hallpass_kubernetes::builtin::schema_of;
use hallpass_kubernetes::strategic::{StrategicFault, apply};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What the patch makes of a pod's `spec`.
fn spec(live: &Value, patch: &Value) -> Result<Value, String> {
    let pod = schema_of("", "v1", "Pod").unwrap();
    let patched = apply(&json!({ "spec": live }), &json!({ "spec": patch }), &pod);
    patched
        .map(|pod| pod["spec"].clone())
        .map_err(|error| error.to_string())
}

fn named(names: &str) -> Value {
    names
        .split(' ')
        .map(|name| json!({ "name": name }))
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn merges_as_documented() {
    for (case, live, patch, wanted) in [
        (
            "containers are merged by name, and a new one stands before the others",
            json!({"containers": [{"name": "nginx", "image": "nginx-1.0"}]}),
            json!({"containers": [{"name": "log-tailer", "image": "log-tailer-1.0"}]}),
            json!({"containers": [
                {"name": "log-tailer", "image": "log-tailer-1.0"}, {"name": "nginx", "image": "nginx-1.0"},
            ]}),
        ),
        (
            "an element is deleted",
            json!({"containers": named("nginx log-tailer")}),
            json!({"containers": [{"name": "log-tailer", "$patch": "delete"}]}),
            json!({"containers": named("nginx")}),
        ),
        (
            "a list is replaced",
            json!({"containers": named("nginx log-tailer")}),
            json!({"containers": [{"$patch": "replace"}, {"name": "envoy", "image": null}]}),
            json!({"containers": named("envoy")}),
        ),
        (
            "an object is replaced",
            json!({"securityContext": {"runAsUser": 1, "fsGroup": 2}}),
            json!({"securityContext": {"$patch": "replace", "runAsUser": 3}}),
            json!({"securityContext": {"runAsUser": 3}}),
        ),
        (
            "an object is emptied",
            json!({"securityContext": {"runAsUser": 1}}),
            json!({"securityContext": {"$patch": "delete"}}),
            json!({"securityContext": {}}),
        ),
        (
            "tolerations have no key: they are replaced",
            json!({"tolerations": [{"key": "a"}, {"key": "b"}]}),
            json!({"tolerations": [{"key": "c"}]}),
            json!({"tolerations": [{"key": "c"}]}),
        ),
        (
            "null removes a field, at any depth, and is nothing where there is none",
            json!({"nodeName": "a", "securityContext": {"fsGroup": 2, "runAsUser": 1}}),
            json!({"nodeName": null, "hostname": null, "securityContext": {"fsGroup": null},
                "affinity": {"nodeAffinity": null}}),
            json!({"securityContext": {"runAsUser": 1}, "affinity": {}}),
        ),
        (
            "a volume keeps the source that $retainKeys names",
            json!({"volumes": [{"name": "work", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "work", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/w"}}]}),
            json!({"volumes": [{"name": "work", "hostPath": {"path": "/w"}}]}),
        ),
        (
            "the order that $setElementOrder tells holds, and others stand before what they stood before",
            json!({"containers": named("a b server c")}),
            json!({"$setElementOrder/containers": named("c d a b"), "containers": named("d")}),
            json!({"containers": named("server c d a b")}),
        ),
        (
            "elements are ordered though none is changed",
            json!({"containers": named("a b c")}),
            json!({"$setElementOrder/containers": named("c a")}),
            json!({"containers": named("b c a")}),
        ),
        (
            "a list that is not there is ordered as the patch has it",
            json!({}),
            json!({"$setElementOrder/containers": named("b a"), "containers": named("b a")}),
            json!({"containers": named("b a")}),
        ),
        (
            "ports are merged by the port alone",
            json!({"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}),
            json!({"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"}]}]}),
            json!({"containers": [{"name": "a", "ports": [{"containerPort": 80, "protocol": "UDP"}]}]}),
        ),
    ] {
        assert_eq!(spec(&live, &patch), Ok(wanted), "{case}");
    }
}

#[test]
fn finalizers_are_a_set() {
    let account = schema_of("", "v1", "ServiceAccount").unwrap();
    for (live, patch, wanted) in [
        (
            json!(["a", "b"]),
            json!({"finalizers": ["b", "c"]}),
            json!(["a", "b", "c"]),
        ),
        (
            json!(["a", "b"]),
            json!({"$deleteFromPrimitiveList/finalizers": ["a"]}),
            json!(["b"]),
        ),
        (
            json!(["a", "b"]),
            json!({"$setElementOrder/finalizers": ["c", "b"], "finalizers": ["c"],
                "$deleteFromPrimitiveList/finalizers": ["a"]}),
            json!(["c", "b"]),
        ),
    ] {
        let live = json!({"metadata": {"finalizers": live}});
        let patched = apply(&live, &json!({ "metadata": patch }), &account).unwrap();
        assert_eq!(patched, json!({"metadata": {"finalizers": wanted}}));
    }
}

#[test]
fn a_faulty_patch_is_refused_with_the_field() {
    let live = json!({"containers": [{"name": "a"}]});
    for (patch, wanted) in [
        (
            json!({"containers": [{"image": "x"}]}),
            r#"spec.containers[0]: map: {"image":"x"} does not contain declared merge key: name"#,
        ),
        (
            json!({"containers": [{"name": "a", "$patch": "merge"}]}),
            "spec.containers[0]: merging lists cannot yet be specified in the patch",
        ),
        (
            json!({"containers": [{"name": "a", "$patch": "drop"}]}),
            "spec.containers[0]: unknown patch type: \"drop\", expected `delete` or `replace`",
        ),
        (
            json!({"securityContext": {"$patch": 1}}),
            "spec.securityContext: unknown patch type: 1, expected `delete` or `replace`",
        ),
        (
            json!({"containers": ["a"]}),
            "spec.containers: cannot merge lists whose elements are of different types",
        ),
        (
            json!({"containers": [[]]}),
            "spec.containers: lists of lists are not supported",
        ),
        (
            json!({"$setElementOrder/containers": 1}),
            "spec.containers: invalid patch format of setElementOrder list",
        ),
        (
            json!({"$setElementOrder/containers": named("a b"), "containers": named("b a")}),
            "spec.containers: the order in the patch's list doesn't match its $setElementOrder list",
        ),
        (
            json!({"$retainKeys": ["containers"], "nodeName": "a"}),
            "spec: invalid patch format of retainKeys",
        ),
        (
            json!({"$retainKeys": [1]}),
            "spec: invalid patch format of retainKeys",
        ),
        (
            json!({"$deleteFromPrimitiveList/containers": [{}]}),
            "spec.$deleteFromPrimitiveList/containers: invalid patch format of primitive list",
        ),
    ] {
        assert_eq!(spec(&live, &patch), Err(wanted.to_owned()), "{patch}");
    }
    let pod = schema_of("", "v1", "Pod").unwrap();
    let fault = apply(&live, &json!([]), &pod).unwrap_err();
    assert_eq!(fault.fault(), &StrategicFault::NotAnObject("a list"));
    assert_eq!(fault.path(), "");
}

/// Objects of a pod's fields, with directives where `with` says so.
fn pods(with: bool) -> impl Strategy<Value = Value> {
    let name = || prop::sample::select(vec!["a", "b", "c", "d"]);
    let directive = if with { 0..8_u8 } else { 3..4 };
    let container =
        (name(), name(), directive).prop_map(|(name, image, directive)| match directive {
            0 => json!({"name": name, "$patch": "delete"}),
            1 => json!({"name": name, "image": null}),
            2 => json!({"$patch": "replace"}),
            _ => json!({"name": name, "image": image, "env": [{"name": image, "value": name}]}),
        });
    let containers = prop::collection::vec(container, 0..4).prop_map(|mut list| {
        let mut seen = std::collections::BTreeSet::new();
        list.retain(|it| seen.insert(it["name"].to_string()));
        list
    });
    (containers, prop::option::of(name()), prop::collection::vec(name(), 0..3)).prop_map(
        |(containers, node, finalizers)| {
            let mut finalizers = finalizers;
            finalizers.sort_unstable();
            finalizers.dedup();
            json!({
                "metadata": {"finalizers": finalizers, "labels": {"node": node.unwrap_or_default()}},
                "spec": {"containers": containers},
            })
        },
    )
}

proptest! {
    #[test]
    fn an_empty_patch_changes_nothing(live in pods(false)) {
        let pod = schema_of("", "v1", "Pod").unwrap();
        prop_assert_eq!(&apply(&live, &json!({}), &pod).unwrap(), &live);
    }

    #[test]
    fn what_is_patched_twice_is_patched_once(live in pods(false), patch in pods(true)) {
        let pod = schema_of("", "v1", "Pod").unwrap();
        let once = apply(&live, &patch, &pod).unwrap();
        prop_assert_eq!(&apply(&once, &patch, &pod).unwrap(), &once);
    }

    #[test]
    fn what_a_patch_says_is_so_afterwards(live in pods(false), patch in pods(false)) {
        let pod = schema_of("", "v1", "Pod").unwrap();
        let patched = apply(&live, &patch, &pod).unwrap();
        let found = patched["spec"]["containers"].as_array().unwrap();
        for wanted in patch["spec"]["containers"].as_array().unwrap() {
            let found = found.iter().find(|it| it["name"] == wanted["name"]).unwrap();
            prop_assert_eq!(&found["image"], &wanted["image"]);
        }
        for kept in live["spec"]["containers"].as_array().unwrap() {
            prop_assert!(found.iter().any(|it| it["name"] == kept["name"]));
        }
        prop_assert!(!patched.to_string().contains('$'));
    }

    #[test]
    fn no_patch_makes_it_panic(live in pods(false), patch in anything()) {
        let pod = schema_of("", "v1", "Pod").unwrap();
        if let Ok(patched) = apply(&live, &patch, &pod) {
            prop_assert!(patched.is_object());
        }
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let names = vec![
        "spec",
        "metadata",
        "containers",
        "finalizers",
        "volumes",
        "name",
        "env",
        "$patch",
        "$retainKeys",
        "$setElementOrder/containers",
        "$setElementOrder/finalizers",
        "$deleteFromPrimitiveList/finalizers",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!(1)),
        prop::sample::select(vec!["a", "b", "delete", "replace", "merge", "name"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..4).prop_map(
                |map| map
                    .into_iter()
                    .map(|(name, it)| (name.to_owned(), it))
                    .collect()
            ),
        ]
    })
}

#[test]
fn many_fields_and_elements_take_no_longer_than_they_are_many() {
    let names = 0..5_000;
    let labels: Map<String, Value> = names
        .clone()
        .map(|it| (format!("l{it}"), json!("x")))
        .collect();
    let gone: Map<String, Value> = names
        .clone()
        .map(|it| (format!("l{it}"), Value::Null))
        .collect();
    let list: Vec<Value> = names.map(|it| json!({"name": it.to_string()})).collect();
    let live = json!({"metadata": {"labels": labels}, "spec": {"containers": list}});
    let patch = json!({"metadata": {"labels": gone}, "spec": {
        "containers": list, "$setElementOrder/containers": list,
    }});
    let pod = schema_of("", "v1", "Pod").unwrap();
    let patched = apply(&live, &patch, &pod).unwrap();
    assert_eq!(
        patched,
        json!({"metadata": {"labels": {}}, "spec": {"containers": list}})
    );
}
