//! What a webhook is asked, and what it answers: `AdmissionReview` (admission.k8s.io/v1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::admission::Review;
use super::super::objects::text;
use super::super::resources::Resource;
use super::matching::operation;

/// What a webhook has said.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) is_allowed: bool,
    /// The changes that it wants: a JSON patch.
    pub(super) patch: Option<Value>,
    /// Why not: a `Status`.
    pub(super) status: Value,
    pub(super) warnings: Vec<String>,
}

/// The question, in the version that the webhook wants to see.
pub(super) fn question(review: &Review<'_>, version: &Resource, uid: &str) -> Value {
    let target = review.target;
    let object = review.object.as_ref();
    let known = target.known().map_or("", |known| known.kind.as_str());
    let name = match target.name() {
        "" => object.map_or("", |object| text(object, "/metadata/name")),
        name => name,
    };
    let shown = |object: Option<&Value>| {
        let mut object = object.cloned()?;
        let fields = object.as_object_mut()?;
        fields.insert("apiVersion".to_owned(), json!(version.api_version()));
        Some(object)
    };
    let mut request = json!({
        "uid": uid,
        "kind": { "group": version.group, "version": version.version, "kind": version.kind },
        "resource": { "group": version.group, "version": version.version, "resource": version.plural },
        "requestKind": { "group": target.group, "version": target.version, "kind": known },
        "requestResource": {
            "group": target.group, "version": target.version, "resource": target.resource,
        },
        "name": name,
        "operation": operation(review.act),
        "userInfo": review.caller.to_json(),
        "object": shown(object),
        "oldObject": shown(review.old),
        "dryRun": review.is_dry_run,
        "options": review.options,
    });
    if let Some(fields) = request.as_object_mut() {
        if !target.namespace.is_empty() {
            fields.insert("namespace".to_owned(), json!(target.namespace));
        }
        if let Some(part) = &target.subresource {
            fields.insert("subResource".to_owned(), json!(part));
            fields.insert("requestSubResource".to_owned(), json!(part));
        }
    }
    json!({ "kind": KIND, "apiVersion": VERSION, "request": request })
}

/// Reads the answer to the question of that `uid`.
pub(super) fn verdict(answer: &[u8], uid: &str) -> Result<Verdict, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        #[serde(default)]
        kind: String,
        #[serde(default)]
        api_version: String,
        response: Option<Response>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response {
        #[serde(default)]
        uid: String,
        #[serde(default)]
        allowed: bool,
        #[serde(default)]
        patch: Option<String>,
        #[serde(default)]
        patch_type: Option<String>,
        #[serde(default)]
        status: Value,
        #[serde(default)]
        warnings: Option<Vec<String>>,
    }
    let body: Body = serde_json::from_slice(answer)
        .map_err(|error| format!("expected webhook response of {VERSION}, Kind={KIND}: {error}"))?;
    if (body.kind.as_str(), body.api_version.as_str()) != (KIND, VERSION) {
        return Err(format!(
            "expected webhook response of {VERSION}, Kind={KIND}, got {}, Kind={}",
            body.api_version, body.kind
        ));
    }
    let response = body.response.ok_or("webhook response was absent")?;
    if response.uid != uid {
        return Err(format!(
            "expected response.uid={uid:?}, got {:?}",
            response.uid
        ));
    }
    let patch = match response.patch.filter(|patch| !patch.is_empty()) {
        None => None,
        Some(_) if response.patch_type.as_deref() != Some("JSONPatch") => {
            return Err(
                "webhook returned response.patch but not response.patchType JSONPatch".to_owned(),
            );
        }
        Some(patch) => {
            let patch = STANDARD
                .decode(patch)
                .map_err(|error| format!("response.patch is no base64: {error}"))?;
            let patch = serde_json::from_slice(&patch)
                .map_err(|error| format!("response.patch is no JSON: {error}"))?;
            Some(patch)
        }
    };
    Ok(Verdict {
        is_allowed: response.allowed,
        patch,
        status: response.status,
        warnings: response.warnings.unwrap_or_default(),
    })
}

const KIND: &str = "AdmissionReview";
const VERSION: &str = "admission.k8s.io/v1";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(response: &Value) -> Result<Verdict, String> {
        let answer = json!({ "kind": KIND, "apiVersion": VERSION, "response": response });
        verdict(answer.to_string().as_bytes(), "u")
    }

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let patch = STANDARD.encode(r#"[{"op":"remove","path":"/a"}]"#);
        let said = json!({ "uid": "u", "allowed": true, "patchType": "JSONPatch", "patch": patch });
        let verdict = read(&said).unwrap();
        assert!(verdict.is_allowed && verdict.patch.is_some());
        assert!(!read(&json!({ "uid": "u" })).unwrap().is_allowed);
        for wrong in [
            json!(null),
            json!({ "uid": "other", "allowed": true }),
            json!({ "uid": "u", "allowed": true, "patch": patch }),
            json!({ "uid": "u", "allowed": true, "patchType": "JSONPatch", "patch": "!" }),
            json!({ "uid": "u", "allowed": "yes" }),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        assert!(super::verdict(b"{}", "u").is_err() && super::verdict(b"\xff", "u").is_err());
    }
}
