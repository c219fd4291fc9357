//! The binary wire format: what kubectl 1.35 sends, faults, and that what is written is read again.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use hallpass_kubernetes::Shape;
use hallpass_kubernetes::builtin::{definition, kinds};
use hallpass_kubernetes::protobuf::{DecodeError, EncodeError, Malformed, decode, encode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

/// An object in its envelope.
fn wrap(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| {
        [&[tag << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &meta), field(2, raw)].concat()
}

/// Captured from kubectl 1.35: `create namespace team` and so on.
#[test]
fn reads_what_kubectl_sends() {
    for (sent, wanted) in [
        (
            "6b3873000a0f0a02763112094e616d657370616365121c0a140a047465616d12001a0022002a003200380042001200\
             1a020a001a002200",
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}, "spec": {}, "status": {}}),
        ),
        (
            "6b3873000a140a027631120e536572766963654163636f756e74121c0a1a0a0672756e6e657212001a047465616d22\
             002a003200380042001a002200",
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner", "namespace": "team"}}),
        ),
        (
            "6b3873000a0c0a027631120653656372657412390a150a017312001a047465616d22002a0032003800420012090a05\
             656d707479120012130a0870617373776f7264120768756e746572321a001a002200",
            json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "team"},
                "data": {"empty": "", "password": "aHVudGVyMg=="},
            }),
        ),
        (
            "6b3873000a0f0a0276311209436f6e6669674d6170121f0a150a016312001a047465616d22002a0032003800420012\
             060a01611201621a002200",
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "team"},
                "data": {"a": "b"},
            }),
        ),
        (
            "6b3873000a280a1861757468656e7469636174696f6e2e6b38732e696f2f7631120c546f6b656e5265717565737412\
             300a100a0012001a0022002a0032003800420012160a117374732e616d617a6f6e6177732e636f6d20d8041a040a0012\
             001a002200",
            json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {},
                "spec": {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 600},
                "status": {"token": ""},
            }),
        ),
        (
            "6b3873000a2b0a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631120b526f6c6542696e6469\
             6e6712600a160a02726212001a047465616d22002a0032003800420012200a0e536572766963654163636f756e741200\
             1a0672756e6e657222047465616d1a240a19726261632e617574686f72697a6174696f6e2e6b38732e696f1204526f6c\
             651a01721a002200",
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": {"name": "rb", "namespace": "team"},
                "subjects": [{"kind": "ServiceAccount", "name": "runner", "namespace": "team"}],
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            }),
        ),
        (
            "6b3873000a0f0a0862617463682f763112034a6f62127c0a150a016a12001a047465616d22002a0032003800420012\
             5932570a100a0012001a0022002a00320038004200124312200a016a120762757379626f782a0042006a007200800100\
             880100900100a201001a054e65766572320042004a0052005800600068008201008a01009a0100c201001a0820002800\
             30003a001a002200",
            json!({
                "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "team"},
                "spec": {"template": {
                    "metadata": {},
                    "spec": {
                        "containers": [{"name": "j", "image": "busybox", "resources": {}}],
                        "restartPolicy": "Never",
                    },
                }},
                "status": {},
            }),
        ),
    ] {
        assert_eq!(decode(&bytes(sent)), Ok(wanted));
    }
}

#[test]
fn values_have_their_forms_of_json() {
    for object in [
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "p", "creationTimestamp": "2026-11-24T16:00:00Z", "labels": {"a": "", "b": "c"},
            "managedFields": [{"fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {".": {}}}}],
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "o", "uid": "u", "controller": false}],
        }, "spec": {
            "containers": [{
                "name": "c", "args": ["", "x"], "resources": {"limits": {"cpu": "100m", "memory": "1Gi"}},
                "livenessProbe": {"httpGet": {"port": 8080}, "periodSeconds": 3},
                "readinessProbe": {"tcpSocket": {"port": "http"}},
                "securityContext": {"runAsUser": 0, "runAsNonRoot": false},
            }],
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": 0,
            "volumes": [{"name": "v", "emptyDir": {}}],
        }}),
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {
            "renewTime": "2026-11-24T16:00:00.000123Z", "leaseDurationSeconds": -1,
        }}),
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": "u", "extra": {"scopes": ["a", "b"], "none": []},
        }}),
        json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "dryRun": ["All"]}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": {
            "versions": [{"name": "v1", "served": true, "storage": false, "schema": {"openAPIV3Schema": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "properties": {
                    "list": {"items": {"type": "string", "enum": ["a", 1, null]}, "additionalItems": false},
                    "any": {"x-kubernetes-preserve-unknown-fields": false, "default": {"a": [1.5]}},
                    "$ref": {"$ref": "x", "items": [{"type": "a"}, {}], "dependencies": {"a": ["b"], "c": {}}},
                },
                "minimum": -0.5,
            }}}],
        }}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleList", "metadata": {
            "resourceVersion": "12", "remainingItemCount": 0,
        }, "items": [{"rules": [{"verbs": ["*"], "nonResourceURLs": ["/metrics"]}]}]}),
    ] {
        assert_eq!(decode(&encode(&object).unwrap()), Ok(object));
    }
}

#[test]
fn a_json_twin_of_a_zero_is_left_out_only_where_go_writes_it_always() {
    // `hostNetwork: false` and `runAsUser: 0`, told by tags 11 and 14.1.
    let spec = [0x58, 0, 0x72, 2, 0x10, 0];
    let raw = [&[0x12, u8::try_from(spec.len()).unwrap()], spec.as_slice()].concat();
    let pod = decode(&wrap("v1", "Pod", &raw)).unwrap();
    assert!(pod["spec"].get("hostNetwork").is_none());
    assert!(pod["spec"]["securityContext"].is_object(), "{pod}");
}

#[test]
fn parts_of_a_message_are_one_message_and_unknown_fields_are_skipped() {
    let part = |text: &str, tag: u8| {
        let inner = [
            &[tag << 3 | 2, u8::try_from(text.len()).unwrap()],
            text.as_bytes(),
        ]
        .concat();
        [
            &[0x0a, u8::try_from(inner.len()).unwrap()],
            inner.as_slice(),
        ]
        .concat()
    };
    let unknown = [0xf8, 0x7f, 1, 0xfd, 0x7f, 1, 2, 3, 4];
    let raw = [part("a", 1), unknown.to_vec(), part("n", 3)].concat();
    let wanted =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "n"}});
    assert_eq!(decode(&wrap("v1", "Pod", &raw)), Ok(wanted));
}

#[test]
fn faults_are_told_with_the_field() {
    let field = |path: &str, fault| {
        let path = path.to_owned();
        DecodeError::Field { path, fault }
    };
    let no_kind = |api_version: &str, kind: &str| DecodeError::UnknownKind {
        api_version: api_version.into(),
        kind: kind.into(),
    };
    for (body, wanted) in [
        (b"{}".to_vec(), DecodeError::NoMagic),
        (b"k8s\0\x0a\x05".to_vec(), field("", Malformed::End)),
        (b"k8s\0\x0f".to_vec(), field("", Malformed::Illegal)),
        (b"k8s\0\x02\0".to_vec(), field("", Malformed::Illegal)),
        (wrap("v1", "Service", &[]), no_kind("v1", "Service")),
        (wrap("apps/v1", "Pod", &[]), no_kind("apps/v1", "Pod")),
        (
            wrap("v1", "Pod", &[0x0a, 3, 0x0a, 1, 0xff]),
            field("metadata.name", Malformed::NotUtf8),
        ),
        (
            wrap("v1", "Pod", &[0x0a, 2, 0x08, 1]),
            field("metadata.name", Malformed::Type),
        ),
        (
            wrap("v1", "Pod", &[0x0a, 1, 0x38]),
            field("metadata", Malformed::End),
        ),
    ] {
        assert_eq!(decode(&body), Err(wanted));
    }
    // A schema in a schema in a schema.
    let mut schema = Vec::new();
    for _ in 0..200 {
        let length = u64::try_from(schema.len()).unwrap();
        schema = [vec![0xe2, 1], varint(length), schema].concat();
    }
    let mut raw = schema;
    for tag in [0x0a_u8, 0x22, 0x3a, 0x12] {
        raw = [vec![tag], varint(u64::try_from(raw.len()).unwrap()), raw].concat();
    }
    let mut body = wrap("apiextensions.k8s.io/v1", "CustomResourceDefinition", &[]);
    body.truncate(body.len() - 2);
    body = [
        body,
        vec![0x12],
        varint(u64::try_from(raw.len()).unwrap()),
        raw,
    ]
    .concat();
    let Err(DecodeError::Field { path, fault }) = decode(&body) else {
        panic!("a deep schema is read");
    };
    assert_eq!(fault, Malformed::TooDeep);
    assert!(
        path.starts_with("spec.versions.schema.openAPIV3Schema.not.not"),
        "{path}"
    );
    let missing = encode(&json!({"apiVersion": "v1", "kind": "Service"}));
    assert!(matches!(missing, Err(EncodeError::UnknownKind { .. })));
    let wrong = encode(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}}));
    assert_eq!(wrong, Err(EncodeError::Field("name".into())));
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f | 0x80).unwrap());
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

/// Any value of that shape that is told: no empty text, no zero, no empty list.
fn value(
    shape: &Shape,
    is_kind: bool,
    dice: &mut impl Iterator<Item = u32>,
    depth: usize,
) -> Option<Value> {
    let mut roll = |sides: u32| dice.next().unwrap_or_default() % sides;
    Some(match shape {
        Shape::Any => return None,
        Shape::Boolean => true.into(),
        Shape::IntOrString if roll(2) == 0 => "http".into(),
        Shape::IntOrString | Shape::Integer(_) => (i64::from(roll(2000)) - 2001).into(),
        Shape::List { items, .. } => {
            let items = (0..=roll(2)).filter_map(|_| value(&items.shape, false, dice, depth));
            let items: Vec<Value> = items.collect();
            (!items.is_empty()).then_some(items)?.into()
        }
        Shape::Map { values, .. } => {
            let key = format!("k{}", roll(3));
            json!({ key: value(&values.shape, false, dice, depth)? })
        }
        Shape::Number(_) => 2.5.into(),
        Shape::Reference(name) => {
            if depth > 8 {
                return None;
            }
            if name.ends_with(".MicroTime") {
                return Some("2026-11-24T16:00:00.250000Z".into());
            }
            let is_kind = kinds().iter().any(|kind| kind.definition == *name);
            value(&definition(name)?.shape, is_kind, dice, depth + 1)?
        }
        Shape::String(format) if &**format == "date-time" => "2026-11-24T16:00:00Z".into(),
        Shape::String(format) if &**format == "byte" => "AAEC".into(),
        Shape::String(_) => format!("text {}", roll(9)).into(),
        Shape::Struct {
            fields, required, ..
        } => {
            let mut object = Map::new();
            for (name, field) in fields {
                let is_wanted =
                    required.contains(name) || dice.next().unwrap_or_default().is_multiple_of(4);
                // The envelope tells both for a whole object; nothing does for one in a list.
                let is_told = is_kind && (&**name == "apiVersion" || &**name == "kind");
                if is_wanted && !is_told {
                    object.extend(Some(name.to_string()).zip(value(
                        &field.shape,
                        false,
                        dice,
                        depth,
                    )));
                }
            }
            object.into()
        }
    })
}

/// Without empty objects, which a message that JSON does not know may leave behind or not.
fn pruned(value: Value) -> Option<Value> {
    match value {
        Value::Object(object) => {
            let kept = object
                .into_iter()
                .filter_map(|(name, it)| Some((name, pruned(it)?)));
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(list) => Some(list.into_iter().filter_map(pruned).collect()),
        other => Some(other),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(kind in 0..1000_usize, dice in prop::collection::vec(0..u32::MAX, 400)) {
        let kind = kinds()[kind % kinds().len()];
        let shape = &definition(kind.definition).unwrap().shape;
        let Some(Value::Object(mut object)) = value(shape, true, &mut dice.into_iter(), 0) else {
            return Ok(());
        };
        let slash = if kind.group.is_empty() { "" } else { "/" };
        object.insert("apiVersion".into(), format!("{}{slash}{}", kind.group, kind.version).into());
        object.insert("kind".into(), kind.kind.into());
        let object = Value::Object(object);
        let read = decode(&encode(&object).unwrap()).unwrap();
        prop_assert_eq!(pruned(read), pruned(object));
    }

    #[test]
    fn no_bytes_make_it_panic(kind in 0..1000_usize, raw in prop::collection::vec(any::<u8>(), 0..120)) {
        let kind = kinds()[kind % kinds().len()];
        let slash = if kind.group.is_empty() { "" } else { "/" };
        let api_version = format!("{}{slash}{}", kind.group, kind.version);
        let _ = decode(&wrap(&api_version, kind.kind, &raw));
    }

    #[test]
    fn no_change_of_a_byte_makes_it_panic(place in 0..2000_usize, byte in any::<u8>()) {
        let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": "b"}}, "spec": {
            "containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}],
        }});
        let mut sent = encode(&object).unwrap();
        let place = place % sent.len();
        sent[place] = byte;
        let _ = decode(&sent);
    }
}
