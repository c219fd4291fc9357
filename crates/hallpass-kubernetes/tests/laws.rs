//! What holds of every set of fields, every object and every schema.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test file outside `cfg(test)` modules"
)]

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use hallpass_kubernetes::Schema;
use hallpass_kubernetes::crd::{self, CustomResource, JsonPath};
use hallpass_kubernetes::fields::{
    ApplyError, FieldSet, PathElement, Request, apply, track_update,
};
use hallpass_kubernetes::patch;
use hallpass_kubernetes::values::{
    duplicate_fields, prune, set_defaults, unknown_fields, validate,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A set as a plain list of paths: the slow, obvious twin.
type Paths = BTreeSet<Vec<PathElement>>;

fn element() -> impl Strategy<Value = PathElement> {
    prop_oneof![
        select(vec!["a", "b", "c"]).prop_map(|name| PathElement::Field(name.into())),
        select(vec![json!({"name": "x"}), json!({"port": 1, "name": "y"})])
            .prop_map(|key| PathElement::key(key.as_object().unwrap().clone())),
        select(vec![json!("x"), json!(1), json!({"b": 1, "a": [true]})])
            .prop_map(|value| PathElement::value(&value)),
        (0..2_i64).prop_map(PathElement::Index),
    ]
}

fn paths() -> impl Strategy<Value = Paths> {
    let path = proptest::collection::vec(element(), 1..4);
    proptest::collection::btree_set(path, 0..8)
}

fn set(paths: &Paths) -> FieldSet {
    paths.iter().cloned().collect()
}

fn plain(set: &FieldSet) -> Paths {
    set.paths().into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn sets_are_what_their_paths_are(left in paths(), right in paths()) {
        let (a, b) = (set(&left), set(&right));
        prop_assert_eq!(plain(&a), left.clone());
        prop_assert_eq!(plain(&a.union(&b)), &left | &right);
        prop_assert_eq!(plain(&a.intersection(&b)), &left & &right);
        prop_assert_eq!(plain(&a.difference(&b)), &left - &right);
        prop_assert_eq!(a == b, left == right);
        prop_assert_eq!(a.is_empty(), left.is_empty());
        for path in &right {
            prop_assert_eq!(a.contains(path), left.contains(path));
        }
    }

    #[test]
    fn what_is_written_is_read(paths in paths()) {
        let written = set(&paths).to_fields_v1();
        let text = written.to_string();
        let read = FieldSet::from_fields_v1(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(plain(&read), paths);
        prop_assert_eq!(read.to_fields_v1().to_string(), text);
    }
}

/// A schema with one of each.
static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let mut definition = json!({
        "metadata": {"name": "things.ci.example"},
        "spec": {"group": "ci.example", "scope": "Cluster",
            "names": {"plural": "things", "kind": "Thing"}},
    });
    definition["spec"]["versions"] = json!([{"name": "v1", "served": true, "storage": true,
    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
        "type": "object", "properties": {
            "a": {"type": "integer", "default": 1, "minimum": 0},
            "b": {"type": "string", "enum": ["x", "y"], "nullable": true},
            "c": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "d": {"type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string"}, "a": {"type": "integer", "default": 7}}}},
            "e": {"type": "object", "additionalProperties": {"type": "string"}},
            "f": {"type": "array", "items": {"type": "integer"}},
            "g": {"type": "object", "properties": {"a": {"type": "string"},
                "b": {"type": "object", "properties": {"a": {"type": "string"}}}}},
            "h": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "i": {"type": "object", "x-kubernetes-map-type": "atomic",
                "additionalProperties": {"type": "string"}},
        }}}}}}]);
    crd::set_defaults(&mut definition);
    let read = CustomResource::parse(&definition).unwrap();
    Arc::clone(&read.storage().unwrap().schema)
});

/// A `spec` that the schema takes.
fn spec() -> impl Strategy<Value = Value> {
    let text = || select(vec!["x", "y", "z"]);
    let fields = (
        proptest::option::of(0..4_i64),
        proptest::option::of(select(vec!["x", "y"])),
        proptest::option::of(proptest::sample::subsequence(vec!["p", "q", "r"], 0..3)),
        proptest::option::of(proptest::collection::btree_map(
            text(),
            proptest::option::of(0..3_i64),
            0..3,
        )),
        proptest::option::of(proptest::collection::btree_map(text(), text(), 0..3)),
        proptest::option::of(proptest::collection::vec(0..3_i64, 0..3)),
        proptest::option::of((proptest::option::of(text()), proptest::option::of(text()))),
        proptest::option::of(proptest::collection::btree_map(text(), text(), 0..2)),
        proptest::option::of(proptest::collection::btree_map(text(), text(), 0..2)),
    );
    fields.prop_map(|(a, b, c, d, e, f, g, h, i)| {
        let mut spec = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            spec.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("a", a.map(Value::from));
        put("b", b.map(Value::from));
        put("c", c.map(|it| json!(it)));
        put(
            "d",
            d.map(|elements| {
                let elements = elements.into_iter().map(|(name, a)| match a {
                    Some(a) => json!({"name": name, "a": a}),
                    None => json!({"name": name}),
                });
                elements.collect()
            }),
        );
        put("e", e.map(|it| json!(it)));
        put("f", f.map(|it| json!(it)));
        put(
            "g",
            g.map(|(a, b)| {
                let mut g = json!({});
                if let Some(a) = a {
                    g["a"] = json!(a);
                }
                if let Some(b) = b {
                    g["b"] = json!({"a": b});
                }
                g
            }),
        );
        put("h", h.map(|it| json!(it)));
        put("i", i.map(|it| json!(it)));
        Value::Object(spec)
    })
}

fn object(spec: &Value) -> Value {
    json!({"apiVersion": "ci.example/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec})
}

fn by(manager: &str) -> Request<'_> {
    Request {
        manager,
        api_version: "ci.example/v1",
        subresource: "",
        ignores: &[],
        now: "2026-11-24T16:00:00Z",
    }
}

fn applied(
    live: Option<&Value>,
    manager: &str,
    force: bool,
    spec: &Value,
) -> Result<Value, ApplyError> {
    apply(live, &object(spec), force, &by(manager), &SCHEMA)
}

/// What each manager has, by name and operation.
fn owners(object: &Value) -> Vec<(String, FieldSet)> {
    let entries = object["metadata"]["managedFields"].as_array();
    let entries = entries.into_iter().flatten();
    entries
        .map(|entry| {
            let name = format!("{} {}", entry["manager"], entry["operation"]);
            (name, FieldSet::from_fields_v1(&entry["fieldsV1"]).unwrap())
        })
        .collect()
}

/// Whether everything that the configuration says stands in the object.
fn holds(object: &Value, config: &Value) -> bool {
    match (object, config) {
        (Value::Object(object), Value::Object(config)) => config
            .iter()
            .all(|(name, value)| object.get(name).is_some_and(|own| holds(own, value))),
        (Value::Array(items), Value::Array(config)) => config
            .iter()
            .all(|value| items.iter().any(|own| holds(own, value))),
        (object, config) => object == config,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_same_apply_again_changes_nothing(one in spec(), two in spec()) {
        let live = applied(None, "a", false, &one).unwrap();
        let live = applied(Some(&live), "b", true, &two).unwrap();
        let again = applied(Some(&live), "b", false, &two).unwrap();
        prop_assert_eq!(&again, &live);
    }

    #[test]
    fn a_forced_apply_holds_and_is_owned(one in spec(), two in spec(), three in spec()) {
        let mut three = three;
        // As for the API server, a shared list without elements is nobody's, so it does not hold.
        three.as_object_mut().unwrap().retain(|name, value| {
            !matches!(name.as_str(), "c" | "d") || value.as_array().is_none_or(|it| !it.is_empty())
        });
        let live = applied(None, "a", false, &one).unwrap();
        let live = applied(Some(&live), "b", true, &two).unwrap();
        let live = applied(Some(&live), "a", true, &three).unwrap();
        prop_assert!(holds(&live["spec"], &three), "{} in {}", three, live);
        // The configuration alone, applied to nothing, tells what its manager owns.
        let alone = applied(None, "a", false, &three).unwrap();
        let find = |object: &Value| owners(object).into_iter().find(|(name, _)| name.contains("\"a\""));
        prop_assert_eq!(find(&live), find(&alone));
        // Giving all up leaves what the other has, and no more.
        let mut nothing = object(&json!({}));
        nothing.as_object_mut().unwrap().remove("spec");
        let left = apply(Some(&live), &nothing, true, &by("a"), &SCHEMA).unwrap();
        prop_assert_eq!(find(&left), None);
        if let Some((_, set)) = owners(&left).first() {
            prop_assert!(!set.is_empty());
        } else {
            let spec = left.get("spec").cloned().unwrap_or(json!({}));
            prop_assert_eq!(spec, json!({}), "nobody owns anything");
        }
    }

    #[test]
    fn without_force_no_others_value_changes(one in spec(), two in spec()) {
        let live = applied(None, "a", false, &one).unwrap();
        match applied(Some(&live), "b", false, &two) {
            Ok(merged) => prop_assert!(holds(&merged["spec"], &one), "{} in {}", one, merged),
            Err(ApplyError::Conflicts(conflicts)) => prop_assert!(!conflicts.is_empty()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn an_updates_fields_are_its_own_alone(one in spec(), two in spec()) {
        let live = applied(None, "a", false, &one).unwrap();
        let mut new = live.clone();
        new["spec"] = two;
        track_update(Some(&live), &mut new, &by("u"), &SCHEMA);
        let owners = owners(&new);
        let find = |name: &str| {
            let found = owners.iter().find(|(other, _)| other.contains(name));
            found.map(|(_, set)| set.clone()).unwrap_or_default()
        };
        prop_assert!(find("\"a\"").intersection(&find("\"u\"")).is_empty());
        // Once more changes nothing.
        let mut again = new.clone();
        track_update(Some(&new), &mut again, &by("u"), &SCHEMA);
        prop_assert_eq!(again, new);
    }

    #[test]
    fn an_update_and_its_undoing_are_an_update_of_the_same_fields(one in spec(), two in spec()) {
        let mut live = object(&one);
        track_update(None, &mut live, &by("a"), &SCHEMA);
        let mut new = live.clone();
        new["spec"] = two;
        track_update(Some(&live), &mut new, &by("b"), &SCHEMA);
        let mut back = new.clone();
        back["spec"] = one;
        track_update(Some(&new), &mut back, &by("a"), &SCHEMA);
        // What both had, nobody but the first ever has again.
        let all = owners(&back).into_iter().fold(FieldSet::default(), |all, (_, set)| all.union(&set));
        let first = owners(&live).into_iter().fold(FieldSet::default(), |all, (_, set)| all.union(&set));
        prop_assert_eq!(all.difference(&first), FieldSet::default());
    }

    #[test]
    fn what_is_valid_stays_so_when_defaulted_and_pruned(one in spec()) {
        let mut value = object(&one);
        prop_assert_eq!(validate(&value, &SCHEMA), []);
        set_defaults(&mut value, &SCHEMA);
        prop_assert_eq!(validate(&value, &SCHEMA), []);
        let defaulted = value.clone();
        set_defaults(&mut value, &SCHEMA);
        prune(&mut value, &SCHEMA);
        prop_assert_eq!(value, defaulted);
    }
}

/// Any JSON, with names that schemas use.
fn anything() -> impl Strategy<Value = Value> {
    let names = || {
        select(vec![
            "spec",
            "metadata",
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "name",
            "labels",
            "op",
            "path",
            "from",
            "value",
            "type",
            "properties",
            "items",
            "versions",
            "schema",
            "default",
            "openAPIV3Schema",
            "anyOf",
            "x-kubernetes-list-type",
            "managedFields",
            "fieldsV1",
        ])
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|it| json!(it)),
        "[a-z/.]{0,6}".prop_map(Value::from),
        select(vec![
            "object", "array", "string", "integer", "map", "set", "add", "/a/b"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names(), inner), 0..6).prop_map(|fields| Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_makes_a_schema_panic(value in anything(), schema in anything(), config in anything()) {
        let mut definition = json!({"metadata": {"name": "things.ci.example"},
            "spec": {"group": "ci.example", "scope": "Cluster",
                "names": {"plural": "things", "kind": "Thing"},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": schema}}]}});
        crd::set_defaults(&mut definition);
        let _ = CustomResource::parse(&definition);
        let mut anything = value.clone();
        crd::set_defaults(&mut anything);
        crd::establish(&mut anything, "now");
        let _ = CustomResource::parse(&anything);

        let mut pruned = value.clone();
        prune(&mut pruned, &SCHEMA);
        prop_assert_eq!(unknown_fields(&pruned, &SCHEMA), Vec::<String>::new());
        prop_assert_eq!(unknown_fields(&value, &SCHEMA).is_empty(), pruned == value);
        let mut again = pruned.clone();
        prune(&mut again, &SCHEMA);
        prop_assert_eq!(&again, &pruned);
        set_defaults(&mut pruned, &SCHEMA);
        let _ = validate(&pruned, &SCHEMA);
        prop_assert!(duplicate_fields(value.to_string().as_bytes()).is_empty());

        let _ = apply(Some(&value), &config, true, &by("a"), &SCHEMA);
        let _ = apply(None, &config, false, &by("a"), &SCHEMA);
        let mut new = config.clone();
        track_update(Some(&value), &mut new, &by("a"), &SCHEMA);
        track_update(None, &mut new, &by("a"), &SCHEMA);
        let _ = FieldSet::from_fields_v1(&value);
        let mut patched = value.clone();
        let _ = patch::json(&mut patched, &config);
        let _ = patch::merge(&mut patched, &config);
    }

    #[test]
    fn nothing_makes_a_path_panic(text in ".{0,24}", value in anything()) {
        if let Ok(path) = JsonPath::parse(&text) {
            let _ = path.find(&value);
        }
        let _ = PathElement::parse(&text);
    }

    #[test]
    fn a_merge_patch_does_what_the_rfcs_procedure_does(target in anything(), patch in anything()) {
        fn procedure(target: Value, patch: &Value) -> Value {
            let Value::Object(patch) = patch else {
                return patch.clone();
            };
            let mut merged = match target {
                Value::Object(fields) => fields,
                _ => Map::new(),
            };
            for (name, value) in patch {
                let own = merged.remove(name).unwrap_or(Value::Null);
                if !value.is_null() {
                    merged.insert(name.clone(), procedure(own, value));
                }
            }
            Value::Object(merged)
        }
        let mut merged = target.clone();
        if patch::merge(&mut merged, &patch).is_ok() {
            prop_assert_eq!(merged, procedure(target, &patch));
        } else {
            prop_assert!(!patch.is_object());
        }
    }
}
