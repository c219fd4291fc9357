//! Definitions of custom resources, their objects, who manages what of them, and patches.

use hallpass_kubernetes::crd::{self, CustomResource};
use hallpass_kubernetes::fields::{ApplyError, FieldSet, Request, apply, track_update};
use hallpass_kubernetes::{patch, values};
use serde_json::Value;

use crate::sections::sections;

/// A definition, an object of it, and a configuration: what is taken is pruned, defaulted and applied
/// once and for all.
pub fn kubernetes_definition(input: &[u8]) {
    let Some([definition, object, config]) = sections(input) else {
        return;
    };
    let Ok(mut definition) = serde_json::from_str::<Value>(definition) else {
        return;
    };
    crd::set_defaults(&mut definition);
    let again = definition.clone();
    crd::set_defaults(&mut definition);
    assert_eq!(definition, again, "defaults are set once");
    let Ok(resource) = CustomResource::parse(&definition) else {
        return;
    };
    crd::establish(&mut definition, "2026-11-24T16:00:00Z");
    assert!(CustomResource::parse_update(&definition, &definition).is_ok());
    let schema = &resource.storage().expect("one version is stored").schema;
    let _ = values::duplicate_fields(object.as_bytes());
    let (Ok(mut object), Ok(config)) = (
        serde_json::from_str::<Value>(object),
        serde_json::from_str::<Value>(config),
    ) else {
        return;
    };
    let has_unknown = !values::unknown_fields(&object, schema).is_empty();
    let before = object.clone();
    values::prune(&mut object, schema);
    assert_eq!(has_unknown, object != before, "what is unknown is told");
    assert!(values::unknown_fields(&object, schema).is_empty());
    values::set_defaults(&mut object, schema);
    let _ = values::validate(&object, schema);
    for version in &resource.versions {
        for column in &version.columns {
            let _ = column.path.find(&object);
        }
    }
    let request = Request {
        manager: "fuzz",
        api_version: "v1",
        subresource: "",
        ignores: &["status"],
        now: "2026-11-24T16:00:00Z",
    };
    if !object.is_object() || !config.is_object() {
        return;
    }
    track_update(None, &mut object, &request, schema);
    let Ok(applied) = apply(Some(&object), &config, true, &request, schema) else {
        return;
    };
    let twice = apply(Some(&applied), &config, false, &request, schema);
    assert_eq!(twice.as_ref(), Ok(&applied), "once is enough");
    let other = Request {
        manager: "other",
        ..request
    };
    match apply(Some(&applied), &config, false, &other, schema) {
        Ok(_) => {}
        Err(ApplyError::Conflicts(conflicts)) => panic!("the same values conflict: {conflicts:?}"),
        Err(other) => panic!("what was applied cannot be: {other}"),
    }
}

/// Two `fieldsV1`: what is read is written the same, and sets are sets.
pub fn kubernetes_fields(input: &[u8]) {
    let Some([one, two]) = sections(input) else {
        return;
    };
    let read = |text: &str| {
        let fields = serde_json::from_str::<Value>(text).ok()?;
        FieldSet::from_fields_v1(&fields).ok()
    };
    let Some(one) = read(one) else {
        return;
    };
    let again = FieldSet::from_fields_v1(&one.to_fields_v1()).expect("what is written is read");
    assert_eq!(again, one);
    assert_eq!(one.paths().into_iter().collect::<FieldSet>(), one);
    let Some(two) = read(two) else {
        return;
    };
    let (both, either, alone) = (
        one.intersection(&two),
        one.union(&two),
        one.difference(&two),
    );
    assert_eq!(alone.union(&both), one);
    assert_eq!(alone.union(&two), either);
    assert!(alone.intersection(&two).is_empty());
    assert_eq!(two.intersection(&one), both);
}

/// An object and a patch: all or nothing is done, and a merge patch twice is a merge patch once.
pub fn kubernetes_patch(input: &[u8]) {
    let Some([object, patch]) = sections(input) else {
        return;
    };
    let (Ok(object), Ok(patch)) = (
        serde_json::from_str::<Value>(object),
        serde_json::from_str::<Value>(patch),
    ) else {
        return;
    };
    let mut patched = object.clone();
    if let Err(error) = patch::json(&mut patched, &patch) {
        assert_eq!(patched, object, "all or nothing");
        assert!(matches!(error.status(), 400 | 413 | 422));
    }
    let mut merged = object.clone();
    if patch::merge(&mut merged, &patch).is_ok() {
        let mut twice = merged.clone();
        patch::merge(&mut twice, &patch).expect("it was one before");
        assert_eq!(twice, merged);
    } else {
        assert_eq!(merged, object);
    }
}
