//! Definitions of custom resources: what is taken, what is refused, and in which words; and what is
//! then done to their objects.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "the helpers are part of the tests"
)]

use hallpass_kubernetes::crd::{self, CustomResource};
use hallpass_kubernetes::values::{prune, set_defaults, unknown_fields, validate};
use hallpass_kubernetes::{Schema, invalid_message};
use serde_json::{Value, json};

/// A definition of one version, whose `spec` is of that schema.
fn definition(spec: Value) -> Value {
    with_schema(json!({"type": "object", "properties": {"spec": spec}}))
}

fn with_schema(schema: Value) -> Value {
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crontabs", "kind": "CronTab", "shortNames": ["ct"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    });
    crd::set_defaults(&mut definition);
    definition
}

/// What is wrong with a definition, a line each.
fn told(definition: &Value) -> String {
    match CustomResource::parse(definition) {
        Ok(_) => "taken".to_owned(),
        Err(causes) => {
            let lines: Vec<String> = causes.iter().map(ToString::to_string).collect();
            lines.join("\n")
        }
    }
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut changed = definition(json!({"type": "object"}));
    change(&mut changed);
    changed
}

#[test]
fn the_documentations_definition_is_read() {
    let mut definition = definition(json!({
        "type": "object",
        "properties": {
            "cronSpec": {"type": "string"},
            "image": {"type": "string"},
            "replicas": {"type": "integer"},
        },
    }));
    definition["spec"]["versions"][0]["subresources"] = json!({
        "status": {},
        "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                  "labelSelectorPath": ".status.labelSelector"},
    });
    definition["spec"]["versions"][0]["additionalPrinterColumns"] = json!([
        {"name": "Spec", "type": "string", "description": "The cron spec", "jsonPath": ".spec.cronSpec"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1},
    ]);
    let read = CustomResource::parse(&definition).unwrap();
    assert_eq!(read.name(), "crontabs.stable.example.com");
    assert!(read.is_namespaced && read.warnings.is_empty());
    assert_eq!(read.names.singular.as_ref(), "crontab");
    assert_eq!(read.names.list_kind.as_ref(), "CronTabList");
    let version = read.version("v1").unwrap();
    assert!(version.has_status && version.is_served && version.is_storage);
    let scale = version.scale.as_ref().unwrap();
    assert_eq!(scale.spec_replicas.as_ref(), ".spec.replicas");
    assert_eq!(
        scale.label_selector.as_deref(),
        Some(".status.labelSelector")
    );
    let columns: Vec<_> = version
        .columns
        .iter()
        .map(|column| (column.name.as_ref(), column.kind.as_ref(), column.priority))
        .collect();
    assert_eq!(columns, [("Spec", "string", 0), ("Age", "date", 1)]);
}

#[test]
fn names_versions_and_scope_follow_the_rules() {
    type Change = Box<dyn FnOnce(&mut Value)>;
    let at = |pointer: &'static str, value: Value| -> Change {
        Box::new(move |it: &mut Value| *it.pointer_mut(pointer).unwrap() = value)
    };
    let version = |name: &str, is_storage: bool| {
        json!({"name": name, "served": true, "storage": is_storage,
               "schema": {"openAPIV3Schema": {"type": "object"}}})
    };
    let cases: Vec<Change> = vec![
        at("/metadata/name", json!("cron.stable.example.com")),
        at("/spec/group", json!("example")),
        at("/spec/scope", json!("Everywhere")),
        at("/spec/names/plural", json!("cronTabs")),
        at("/spec/names/listKind", json!("CronTab")),
        at("/spec/names/shortNames", json!(["CT"])),
        at("/spec/versions", json!([])),
        at("/spec/versions", json!([version("v1", false)])),
        at(
            "/spec/versions",
            json!([version("v1", true), version("v1", false)]),
        ),
        at("/spec/versions/0/name", json!("1")),
        at("/spec/versions/0/schema", json!(null)),
        at(
            "/spec/conversion",
            json!({"strategy": "Webhook", "webhook": {}}),
        ),
        at("/spec/conversion", json!({"strategy": "Magic"})),
        Box::new(|it| it["spec"]["preserveUnknownFields"] = json!(true)),
        Box::new(|it| {
            it["spec"]["versions"][0]["subresources"] =
                json!({"scale": {"specReplicasPath": ".replicas"}});
        }),
        Box::new(|it| {
            it["spec"]["versions"][0]["additionalPrinterColumns"] =
                json!([{"name": "A", "type": "text", "jsonPath": "spec"}]);
        }),
    ];
    let told: Vec<String> = cases.into_iter().map(|case| told(&changed(case))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn schemas_are_structural() {
    let field = |field: Value| definition(json!({"type": "object", "properties": {"f": field}}));
    let list = |more: Value| {
        let mut list = json!({"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "port": {"type": "integer"}, "sub": {"type": "object"}}}});
        for (name, value) in more.as_object().unwrap() {
            list[name.as_str()] = value.clone();
        }
        field(list)
    };
    let cases = [
        with_schema(json!({})),
        with_schema(json!({"type": "array", "items": {"type": "string"}})),
        with_schema(
            json!({"type": "object", "properties": {"metadata": {"type": "object",
            "properties": {"labels": {"type": "object"}}}}}),
        ),
        field(json!({})),
        field(json!({"type": "text"})),
        field(json!({"$ref": "#/definitions/x", "type": "object"})),
        field(json!({"type": "array"})),
        field(json!({"type": "array", "items": {}})),
        field(json!({"type": "array", "items": [{"type": "string"}]})),
        field(json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true})),
        field(json!({"type": "object", "additionalProperties": false})),
        field(
            json!({"type": "object", "additionalProperties": {"type": "string"},
            "properties": {"a": {"type": "string"}}}),
        ),
        field(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": false})),
        field(json!({"type": "string", "x-kubernetes-int-or-string": true})),
        field(json!({"type": "object", "x-kubernetes-embedded-resource": true})),
        field(json!({"type": "string", "pattern": "("})),
        field(json!({"type": "string", "minLength": "one"})),
        field(json!({"type": "integer", "default": "one"})),
        field(json!({"type": "object", "default": {"x": 1}})),
        field(
            json!({"type": "object", "properties": {"a": {"type": "string"}},
            "anyOf": [{"required": ["a"]}, {"properties": {"b": {"minLength": 1}}}]}),
        ),
        field(
            json!({"type": "object", "properties": {"a": {"type": "string"}},
            "oneOf": [{"properties": {"a": {"type": "string", "default": "x"}}}]}),
        ),
        field(json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}]})),
        list(json!({"x-kubernetes-list-type": "bag"})),
        list(json!({"x-kubernetes-list-type": "map"})),
        list(json!({"x-kubernetes-list-map-keys": ["name"]})),
        list(
            json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "key"]}),
        ),
        list(json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["sub"]})),
        list(json!({"x-kubernetes-list-type": "set"})),
        field(json!({"type": "string", "x-kubernetes-list-type": "set"})),
        field(json!({"type": "string", "x-kubernetes-map-type": "atomic"})),
    ];
    let told: Vec<String> = cases.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_controller_gen_writes_is_structural() {
    let quantity = json!({
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
        "x-kubernetes-int-or-string": true,
    });
    let spec = json!({"type": "object", "properties": {
        "limits": {"type": "object", "additionalProperties": quantity},
        "port": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true},
        "both": {"allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^a"}],
                 "x-kubernetes-int-or-string": true},
        "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "raw": {"x-kubernetes-preserve-unknown-fields": true},
        "ports": {"type": "array", "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
            "items": {"type": "object", "required": ["containerPort"], "properties": {
                "containerPort": {"type": "integer", "format": "int32"},
                "protocol": {"type": "string", "default": "TCP"}}}},
    }});
    assert_eq!(told(&definition(spec)), "taken");
}

#[test]
fn rules_in_cel_and_unknown_formats_are_warned_of() {
    let read = CustomResource::parse(&definition(json!({
        "type": "object",
        "x-kubernetes-validations": [{"rule": "self.a == 1"}],
        "properties": {"a": {"type": "string", "format": "made-up"}},
    })));
    assert_eq!(
        read.unwrap().warnings,
        [
            "spec.validation.openAPIV3Schema.properties[spec].properties[a].format: unrecognized format \"made-up\"",
            "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations: rules in CEL are kept, but not evaluated here",
        ]
    );
}

#[test]
fn the_room_for_patterns_is_bounded() {
    let fields: serde_json::Map<String, Value> = (0..600)
        .map(|index| {
            (
                format!("f{index}"),
                json!({"type": "string", "pattern": format!("^{index}$")}),
            )
        })
        .collect();
    let told = told(&definition(json!({"type": "object", "properties": fields})));
    assert_eq!(told.lines().count(), 100);
    assert!(told.ends_with("must be one of at most 500 different patterns"));
}

#[test]
fn a_definition_keeps_its_group_scope_and_stored_versions() {
    let mut old = definition(json!({"type": "object"}));
    crd::establish(&mut old, "2026-11-24T16:00:00Z");
    let mut new = old.clone();
    new["spec"]["scope"] = json!("Cluster");
    new["spec"]["versions"][0]["name"] = json!("v2");
    let causes = CustomResource::parse_update(&old, &new).unwrap_err();
    let lines: Vec<String> = causes.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    spec.scope: Invalid value: "Cluster": field is immutable
    status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in it and removes it from status.storedVersions
    "#);
    assert!(CustomResource::parse_update(&old, &old).is_ok());
}

#[test]
fn an_established_definition_says_so_once() {
    let mut made = definition(json!({"type": "object"}));
    crd::establish(&mut made, "2026-11-24T16:00:00Z");
    let first = made.clone();
    insta::assert_json_snapshot!(made["status"]);
    crd::establish(&mut made, "2026-11-25T16:00:00Z");
    assert_eq!(made, first, "conditions keep the time of their change");
}

fn schema() -> std::sync::Arc<Schema> {
    let spec = json!({"type": "object", "required": ["image"], "properties": {
        "image": {"type": "string", "minLength": 1, "maxLength": 8},
        "replicas": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 10, "default": 1},
        "step": {"type": "number", "multipleOf": 0.5, "exclusiveMinimum": true, "minimum": 0},
        "policy": {"type": "string", "enum": ["Always", "Never"], "default": "Always"},
        "schedule": {"type": "string", "pattern": "^\\d+$"},
        "at": {"type": "string", "format": "date-time", "nullable": true},
        "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set",
                 "minItems": 1, "maxItems": 3},
        "env": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "value": {"type": "string"},
                "mode": {"type": "string", "default": "plain"}}}},
        "one": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "any": {"type": "object", "properties": {"a": {"type": "integer"}},
            "anyOf": [{"properties": {"a": {"minimum": 5}}}, {"properties": {"a": {"maximum": 2}}}],
            "not": {"required": ["c"]}},
        "all": {"type": "string", "allOf": [{"minLength": 2}, {"pattern": "^a"}]},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": {"known": {"type": "object", "properties": {"a": {"type": "string"}}}}},
        "pod": {"type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true},
        "settings": {"type": "object", "default": {}, "properties": {
            "level": {"type": "string", "default": "info"}}},
    }});
    let root = json!({"type": "object", "required": ["spec"], "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}},
        "spec": spec}});
    let read = CustomResource::parse(&with_schema(root)).unwrap();
    std::sync::Arc::clone(&read.storage().unwrap().schema)
}

fn object(spec: Value) -> Value {
    json!({"apiVersion": "stable.example.com/v1", "kind": "CronTab",
           "metadata": {"name": "c"}, "spec": spec})
}

#[test]
fn objects_are_validated_in_the_words_of_the_api_server() {
    let cases = [
        json!({}),
        json!({"image": ""}),
        json!({"image": "0123456789"}),
        json!({"image": 1}),
        json!({"image": "i", "replicas": "string"}),
        json!({"image": "i", "replicas": 1.5}),
        json!({"image": "i", "replicas": 0}),
        json!({"image": "i", "replicas": 11}),
        json!({"image": "i", "replicas": 3_000_000_000_i64}),
        json!({"image": "i", "step": 0}),
        json!({"image": "i", "step": 0.3}),
        json!({"image": "i", "policy": "Sometimes"}),
        json!({"image": "i", "schedule": "daily"}),
        json!({"image": "i", "at": "yesterday"}),
        json!({"image": "i", "port": true}),
        json!({"image": "i", "labels": {"a": 1, "b": "", "c": ""}}),
        json!({"image": "i", "labels": []}),
        json!({"image": "i", "tags": []}),
        json!({"image": "i", "tags": ["a", "b", "a", "c"]}),
        json!({"image": "i", "tags": [null]}),
        json!({"image": "i", "env": [{"name": "A"}, {"value": "1"}, {"name": "A", "value": "2"}]}),
        json!({"image": "i", "one": {}}),
        json!({"image": "i", "one": {"a": "", "b": ""}}),
        json!({"image": "i", "any": {"a": 3}}),
        json!({"image": "i", "any": {"a": 6, "c": 1}}),
        json!({"image": "i", "all": "b"}),
    ];
    let schema = schema();
    let told: Vec<String> = cases
        .into_iter()
        .map(|spec| {
            let found = validate(&object(spec), &schema);
            assert!(!found.is_empty());
            invalid_message("CronTab", "stable.example.com", "c", &found)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let mut named = object(json!({"image": "i"}));
    named["metadata"]["name"] = json!("too-long");
    let found = validate(&named, &schema);
    assert_eq!(
        found[0].to_string(),
        "metadata.name: Too long: may not be more than 5 bytes"
    );
}

#[test]
fn what_the_schema_says_is_valid() {
    let good = object(json!({
        "image": "i", "replicas": 1.0, "step": 1.5, "policy": "Never", "schedule": "12",
        "at": null, "port": "http", "labels": {"a": "b"}, "tags": ["a"],
        "env": [{"name": "A"}, {"name": "B"}], "one": {"a": ""}, "any": {"a": 6}, "all": "ab",
        "free": {"x": {"y": 1}, "known": {"a": "b"}},
        "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {}},
    }));
    let schema = schema();
    assert_eq!(validate(&good, &schema), []);
    let mut pruned = good.clone();
    prune(&mut pruned, &schema);
    assert_eq!(pruned, good);
    assert_eq!(unknown_fields(&good, &schema), Vec::<String>::new());
}

#[test]
fn unknown_fields_are_told_and_dropped() {
    let mut value = object(json!({
        "image": "i", "imagee": "j",
        "env": [{"name": "A", "valu": "1"}],
        "free": {"x": 1, "known": {"a": "", "z": 1}},
        "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "nam": 1}, "x": 1},
    }));
    value["metadata"]["labelz"] = json!({});
    value["foo"] = json!(1);
    let schema = schema();
    assert_eq!(
        unknown_fields(&value, &schema),
        [
            "unknown field \"metadata.labelz\"",
            "unknown field \"spec.imagee\"",
            "unknown field \"spec.env[0].valu\"",
            "unknown field \"spec.free.known.z\"",
            "unknown field \"spec.pod.metadata.nam\"",
            "unknown field \"foo\"",
        ]
    );
    prune(&mut value, &schema);
    assert_eq!(
        value,
        object(json!({
            "image": "i",
            "env": [{"name": "A"}],
            "free": {"x": 1, "known": {"a": ""}},
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "x": 1},
        }))
    );
}

#[test]
fn defaults_are_set_where_their_object_is() {
    let schema = schema();
    let defaulted = |spec: Value| {
        let mut value = object(spec);
        set_defaults(&mut value, &schema);
        value["spec"].clone()
    };
    assert_eq!(
        defaulted(json!({"env": [{"name": "A"}, {"name": "B", "mode": "x"}]})),
        json!({"env": [{"name": "A", "mode": "plain"}, {"name": "B", "mode": "x"}],
               "replicas": 1, "policy": "Always", "settings": {"level": "info"}})
    );
    // A `null` that is not allowed is nothing; one that is allowed stays.
    assert_eq!(
        defaulted(
            json!({"replicas": null, "image": null, "at": null, "settings": {"level": null},
                         "labels": {"a": null}})
        ),
        json!({"replicas": 1, "at": null, "settings": {"level": "info"}, "labels": {},
               "policy": "Always"})
    );
    let mut bare = json!({"apiVersion": "stable.example.com/v1", "kind": "CronTab"});
    set_defaults(&mut bare, &schema);
    assert_eq!(bare.get("spec"), None);
}
