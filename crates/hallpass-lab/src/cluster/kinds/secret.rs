//! Secrets: texts become data, types ask for keys, immutability.
//!
//! Source: Kubernetes documentation, "Secrets" (types of Secret); the words of k8s.io/kubernetes'
//! `pkg/apis/core/validation`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::objects::text;
use super::super::status::{Cause, Status};
use super::data::{self, MAX_BYTES};

/// Takes `stringData` over into `data`, and gives a secret of no type the usual one.
pub(super) fn complete(secret: &mut Value) -> Result<(), Status> {
    let Some(fields) = secret.as_object_mut() else {
        return Ok(());
    };
    let texts = fields.shift_remove("stringData");
    if let Some(Value::Object(texts)) = texts {
        let data = fields.entry("data").or_insert(Value::Null);
        if data.is_null() {
            *data = Value::Object(Map::new());
        }
        if let Some(data) = data.as_object_mut() {
            for (key, value) in texts {
                let value = value.as_str().unwrap_or_default();
                data.insert(key, json!(STANDARD.encode(value)));
            }
        }
    }
    if text(secret, "/type").is_empty()
        && let Some(fields) = secret.as_object_mut()
    {
        fields.insert("type".to_owned(), json!("Opaque"));
    }
    check_base64(secret)
}

/// What a secret breaks of the rules.
pub(super) fn faults(old: Option<&Value>, object: &Value) -> Vec<Cause> {
    let mut causes = data::key_faults(object, "data");
    if data::size(object, "data", decoded_length) > MAX_BYTES {
        causes.push(Cause::too_long("data", MAX_BYTES));
    }
    let kind = text(object, "/type");
    for key in required(kind) {
        if value(object, key).is_none() {
            causes.push(Cause::required(format!("data[{key}]"), ""));
        }
    }
    causes.extend(type_faults(kind, object));
    if let Some(old) = old {
        if text(old, "/type") != kind {
            causes.push(Cause::invalid("type", json!(kind), "field is immutable"));
        }
        causes.extend(data::immutability_faults(old, object, &["data"]));
    }
    causes
}

/// The bytes that a base64 text stands for.
pub(super) fn decoded_length(text: &str) -> usize {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    (text.len() / 4 * 3).saturating_sub(padding)
}

fn type_faults(kind: &str, object: &Value) -> Vec<Cause> {
    let is_json = |key: &str| {
        let bytes = value(object, key).and_then(|value| STANDARD.decode(value).ok());
        bytes.is_some_and(|bytes| serde_json::from_slice::<Value>(&bytes).is_ok())
    };
    let json_key = match kind {
        "kubernetes.io/dockercfg" => ".dockercfg",
        "kubernetes.io/dockerconfigjson" => ".dockerconfigjson",
        "kubernetes.io/basic-auth" => {
            let is_there = |key| value(object, key).is_some();
            let has_either = is_there("username") || is_there("password");
            let fault = || Cause::required("data[username]", "");
            let other = || Cause::required("data[password]", "");
            return if has_either {
                Vec::new()
            } else {
                vec![fault(), other()]
            };
        }
        "kubernetes.io/service-account-token" => {
            let account = "metadata.annotations[kubernetes.io/service-account.name]";
            let annotations = object.pointer("/metadata/annotations");
            let name = annotations
                .and_then(|all| all.get("kubernetes.io/service-account.name"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            return if name.is_empty() {
                vec![Cause::required(account, "")]
            } else {
                Vec::new()
            };
        }
        _ => return Vec::new(),
    };
    if value(object, json_key).is_some() && !is_json(json_key) {
        let why = "invalid character in the value: it is no JSON";
        let hidden = "\"<secret contents redacted>\"";
        return vec![Cause::invalid(format!("data[{json_key}]"), hidden, why)];
    }
    Vec::new()
}

/// The keys that a type asks for.
fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    }
}

fn value<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get("data")?.get(key)?.as_str()
}

/// What a decoder would refuse: data that is no base64. The value is not repeated.
fn check_base64(secret: &Value) -> Result<(), Status> {
    let entries = secret.get("data").and_then(Value::as_object);
    for (key, value) in entries.into_iter().flatten() {
        let is_base64 = value.is_null()
            || value
                .as_str()
                .is_some_and(|value| STANDARD.decode(value).is_ok());
        if !is_base64 {
            return Err(Status::bad_request(format!(
                "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data in data[{key}]"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_data() {
        let mut secret = json!({ "data": { "a": "eA==" }, "stringData": { "a": "y", "b": "z" } });
        complete(&mut secret).unwrap();
        let wanted = json!({ "data": { "a": "eQ==", "b": "eg==" }, "type": "Opaque" });
        assert_eq!(secret, wanted);
    }

    #[test]
    fn data_is_base64_and_what_is_none_is_not_repeated() {
        let refused = complete(&mut json!({ "data": { "a": "hush!" } })).unwrap_err();
        assert_eq!(refused.code, 400);
        assert!(!refused.message.contains("hush"), "{}", refused.message);
    }

    #[test]
    fn types_ask_for_keys() {
        for (kind, data, faults_wanted) in [
            ("Opaque", json!({}), 0),
            ("example.com/own", json!({}), 0),
            ("kubernetes.io/tls", json!({ "tls.crt": "" }), 1),
            (
                "kubernetes.io/tls",
                json!({ "tls.crt": "", "tls.key": "" }),
                0,
            ),
            ("kubernetes.io/ssh-auth", json!({}), 1),
            ("kubernetes.io/basic-auth", json!({}), 2),
            ("kubernetes.io/basic-auth", json!({ "password": "" }), 0),
            (
                "kubernetes.io/dockerconfigjson",
                json!({ ".dockerconfigjson": "e30=" }),
                0,
            ),
            (
                "kubernetes.io/dockerconfigjson",
                json!({ ".dockerconfigjson": "eA==" }),
                1,
            ),
            ("kubernetes.io/service-account-token", json!({}), 1),
        ] {
            let secret = json!({ "type": kind, "data": data });
            assert_eq!(faults(None, &secret).len(), faults_wanted, "{kind} {data}");
        }
    }

    #[test]
    fn what_is_immutable_stays() {
        let secret = |data: &str, immutable: bool| json!({ "type": "Opaque", "data": { "a": data }, "immutable": immutable });
        let (held, free) = (secret("eA==", true), secret("eA==", false));
        assert!(faults(Some(&held), &held).is_empty());
        assert_eq!(faults(Some(&held), &secret("eQ==", true)).len(), 1);
        assert_eq!(faults(Some(&held), &free).len(), 1);
        assert!(faults(Some(&free), &secret("eQ==", true)).is_empty());
        let other = json!({ "type": "a/b", "data": { "a": "eA==" }, "immutable": false });
        assert_eq!(faults(Some(&free), &other).len(), 1);
    }
}
