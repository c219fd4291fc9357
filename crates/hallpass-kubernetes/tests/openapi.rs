//! The documents of OpenAPI, as kubectl reads them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use hallpass_kubernetes::openapi::{Resource, Subresource, v2, v2_protobuf, v3};
use hallpass_kubernetes::{Schema, Shape};
use serde_json::{Value, json};

const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// A custom kind with a few fields.
fn runner() -> Schema {
    let fields = [
        ("image", Shape::String("".into())),
        ("size", Shape::IntOrString),
    ];
    let spec = Schema {
        description: "What is wanted.".into(),
        shape: Shape::Struct {
            fields: fields
                .into_iter()
                .map(|(name, shape)| {
                    let schema = Schema {
                        shape,
                        ..Schema::default()
                    };
                    (name.into(), schema)
                })
                .collect(),
            required: vec!["image".into()],
            is_atomic: false,
        },
        ..Schema::default()
    };
    Schema {
        shape: Shape::Struct {
            fields: [("spec".into(), spec)].into(),
            required: vec![],
            is_atomic: false,
        },
        ..Schema::default()
    }
}

fn resources() -> Vec<Resource<'static>> {
    let status = |verbs| Subresource {
        name: "status",
        kind: None,
        verbs,
    };
    let token = Subresource {
        name: "token",
        kind: Some(("authentication.k8s.io", "v1", "TokenRequest")),
        verbs: &["create"],
    };
    let of = |group, version, plural, kind, list_kind| Resource {
        group,
        version,
        plural,
        kind,
        list_kind,
        is_namespaced: true,
        verbs: VERBS,
        subresources: vec![],
        schema: None,
    };
    vec![
        Resource {
            subresources: vec![status(&["get", "patch", "update"])],
            ..of("", "v1", "pods", "Pod", "PodList")
        },
        Resource {
            subresources: vec![token],
            ..of(
                "",
                "v1",
                "serviceaccounts",
                "ServiceAccount",
                "ServiceAccountList",
            )
        },
        Resource {
            is_namespaced: false,
            ..of("", "v1", "namespaces", "Namespace", "NamespaceList")
        },
        Resource {
            is_namespaced: false,
            verbs: &["create"],
            ..of(
                "authorization.k8s.io",
                "v1",
                "selfsubjectaccessreviews",
                "SelfSubjectAccessReview",
                "",
            )
        },
        Resource {
            schema: Some(Arc::new(runner())),
            ..of(
                "actions.example.dev",
                "v1alpha1",
                "runners",
                "Runner",
                "RunnerList",
            )
        },
        of(
            "actions.example.dev",
            "v1alpha1",
            "things",
            "Thing",
            "ThingList",
        ),
    ]
}

/// The operation of that method whose objects are of the kind.
fn patch<'a>(document: &'a Value, kind: &str) -> &'a Value {
    let mut paths = document["paths"].as_object().unwrap().values();
    paths
        .find_map(|path| {
            let patch = path.get("patch")?;
            (patch["x-kubernetes-group-version-kind"]["kind"] == kind).then_some(patch)
        })
        .unwrap()
}

fn parameters(operation: &Value) -> BTreeSet<&str> {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    parameters.map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn kubectl_finds_what_a_patch_may_ask_for() {
    for (document, body) in [(v3(&resources(), "", "v1"), 0), (v2(&resources()), 1)] {
        let patch = patch(&document, "Pod");
        let names = parameters(patch);
        for name in ["dryRun", "fieldManager", "fieldValidation", "force"] {
            assert!(names.contains(name), "{name}");
        }
        assert_eq!(usize::from(names.contains("body")), body);
        assert_eq!(patch["x-kubernetes-action"], "patch");
    }
}

#[test]
fn each_reference_leads_to_a_definition_and_each_definition_is_referred_to() {
    let documents = [
        (v2(&resources()), "#/definitions/", "/definitions"),
        (
            v3(&resources(), "", "v1"),
            "#/components/schemas/",
            "/components/schemas",
        ),
        (
            v3(&resources(), "actions.example.dev", "v1alpha1"),
            "#/components/schemas/",
            "/components/schemas",
        ),
    ];
    for (document, prefix, place) in documents {
        let mut found = BTreeSet::new();
        let mut left = vec![&document];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(object) => {
                    if let Some(Value::String(name)) = object.get("$ref") {
                        found.insert(name.strip_prefix(prefix).unwrap().to_owned());
                    }
                    left.extend(object.values());
                }
                Value::Array(list) => left.extend(list),
                _ => {}
            }
        }
        let defined = document.pointer(place).unwrap().as_object().unwrap();
        assert_eq!(found, defined.keys().cloned().collect());
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = v2(&resources());
    let mut seen = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            if let Some(id) = operation.get("operationId") {
                assert!(seen.insert(id.as_str().unwrap()), "{id}");
            }
        }
    }
    assert!(seen.contains("readCoreV1NamespacedPod"), "{seen:?}");
    assert!(seen.contains("listCoreV1PodForAllNamespaces"), "{seen:?}");
    assert!(
        seen.contains("createCoreV1NamespacedServiceAccountToken"),
        "{seen:?}"
    );
}

#[test]
fn lists_tell_how_they_are_merged_and_owned() {
    let document = v3(&resources(), "", "v1");
    let spec = &document["components"]["schemas"]["io.k8s.api.core.v1.PodSpec"];
    let volumes = &spec["properties"]["volumes"];
    assert_eq!(volumes["x-kubernetes-patch-strategy"], "merge,retainKeys");
    assert_eq!(volumes["x-kubernetes-patch-merge-key"], "name");
    assert_eq!(volumes["x-kubernetes-list-type"], "map");
    assert_eq!(volumes["x-kubernetes-list-map-keys"], json!(["name"]));
    assert_eq!(spec["required"], json!(["containers"]));
    let context = &spec["properties"]["securityContext"];
    assert!(context["allOf"][0]["$ref"].is_string(), "{context}");
    assert!(context["description"].is_string(), "{context}");
    let quantity =
        &document["components"]["schemas"]["io.k8s.apimachinery.pkg.api.resource.Quantity"];
    assert_eq!(
        quantity["oneOf"],
        json!([{"type": "string"}, {"type": "number"}])
    );
}

#[test]
fn a_custom_kind_is_an_object_with_metadata() {
    let document = v3(&resources(), "actions.example.dev", "v1alpha1");
    let schemas = &document["components"]["schemas"];
    let runner = &schemas["dev.example.actions.v1alpha1.Runner"];
    let kind = json!([{"group": "actions.example.dev", "kind": "Runner", "version": "v1alpha1"}]);
    assert_eq!(runner["x-kubernetes-group-version-kind"], kind);
    let names: Vec<&String> = runner["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(runner["properties"]["spec"]["required"], json!(["image"]));
    let list = &schemas["dev.example.actions.v1alpha1.RunnerList"];
    let items = json!({"$ref": "#/components/schemas/dev.example.actions.v1alpha1.Runner"});
    assert_eq!(list["properties"]["items"]["items"], items);
    let thing = &schemas["dev.example.actions.v1alpha1.Thing"];
    assert_eq!(thing["x-kubernetes-preserve-unknown-fields"], true);
    let content = &patch(&document, "Runner")["requestBody"]["content"];
    assert!(
        content
            .get("application/strategic-merge-patch+json")
            .is_none()
    );
}

#[test]
fn the_documents_are_of_a_bearable_size() {
    let all = resources();
    let bytes = |document: Value| document.to_string().len();
    assert!(bytes(v2(&all)) < 600_000);
    assert!(bytes(v3(&all, "", "v1")) < 600_000);
    assert!(v2_protobuf(&all).len() < 600_000);
}
