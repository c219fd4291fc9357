//! `TokenRequest`: a token of a service account for whoever may ask.
//!
//! Source: Kubernetes API reference, `TokenRequest` (authentication.k8s.io/v1); the checks and words
//! of k8s.io/kubernetes' `pkg/registry/core/serviceaccount/storage`.

use hallpass_types::{ServiceAccountName, Timestamp};
use serde_json::{Value, json};

use super::objects::{self, elements, text};
use super::request::Target;
use super::status::{Cause, Status};
use super::tokens::{Bound, issue_bound};
use super::validate;
use crate::store::State;
use crate::world::World;

/// Answers a request for a token of the account that the target names.
pub(super) fn create(world: &World, target: &Target, request: &Value) -> Result<Value, Status> {
    for (field, wanted) in [("/apiVersion", VERSION), ("/kind", "TokenRequest")] {
        let found = text(request, field);
        if !found.is_empty() && found != wanted {
            return Err(Status::bad_request(format!(
                "the object provided is unrecognized (must be of type TokenRequest in {VERSION}): it is a {found}"
            )));
        }
    }
    let missing = || Status::not_found("serviceaccounts", target.name());
    let account =
        ServiceAccountName::new(&target.namespace, target.name()).map_err(|_| missing())?;
    let seconds = seconds(request)?;
    let audiences = audiences(request, &world.identity.issuer_url())?;
    let bound = world.store.read(|state| {
        objects::account(state, &account).ok_or_else(missing)?;
        bound(state, &account, request)
    })?;
    let token = issue_bound(world, &account, &audiences, seconds, bound)
        .map_err(|error| Status::internal(&error))?;
    let now = world.now();
    let expires = Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(now);
    Ok(json!({
        "kind": "TokenRequest",
        "apiVersion": VERSION,
        "metadata": {
            "name": account.name(),
            "namespace": account.namespace(),
            "creationTimestamp": objects::time(now),
        },
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": request.pointer("/spec/boundObjectRef"),
        },
        "status": { "token": token.expose(), "expirationTimestamp": objects::time(expires) },
    }))
}

fn seconds(request: &Value) -> Result<i64, Status> {
    let given = match request.pointer("/spec/expirationSeconds") {
        None | Some(Value::Null) => return Ok(DEFAULT_SECONDS),
        Some(given) => given
            .as_i64()
            .ok_or_else(|| unreadable("expirationSeconds", "int64"))?,
    };
    match validate::lifetime("spec.expirationSeconds", given) {
        Some(cause) => Err(invalid(&cause)),
        None => Ok(given),
    }
}

/// Whom the token is for; the API server itself where nobody is named.
fn audiences(request: &Value, issuer: &str) -> Result<Vec<String>, Status> {
    let given = match request.pointer("/spec/audiences") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(_)) => elements(request, "/spec/audiences")
            .map(|audience| audience.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| unreadable("audiences", "string"))?,
        Some(_) => return Err(unreadable("audiences", "[]string")),
    };
    Ok(if given.is_empty() {
        vec![issuer.to_owned()]
    } else {
        given
    })
}

/// What the token is to be bound to.
fn bound(state: &State, account: &ServiceAccountName, request: &Value) -> Result<Bound, Status> {
    let reference = match request.pointer("/spec/boundObjectRef") {
        None | Some(Value::Null) => return Ok(Bound::Nothing),
        Some(reference) => reference,
    };
    let (version, kind) = (text(reference, "/apiVersion"), text(reference, "/kind"));
    let (resource, namespace) = match (version, kind) {
        ("v1", "Node") => ("nodes", ""),
        ("v1", "Pod") => ("pods", account.namespace()),
        ("v1", "Secret") => ("secrets", account.namespace()),
        _ => {
            return Err(Status::bad_request(format!(
                "cannot bind token to object of type {version}, Kind={kind}"
            )));
        }
    };
    let name = text(reference, "/name");
    if name.is_empty() {
        return Err(invalid(&Cause::required("spec.boundObjectRef.name", "")));
    }
    let object = objects::get(state, "", resource, namespace, name)
        .ok_or_else(|| Status::not_found(resource, name))?;
    let is_others =
        kind == "Pod" && text(&object.body(), "/spec/serviceAccountName") != account.name();
    if is_others {
        return Err(Status::bad_request(format!(
            "cannot bind token for serviceaccount \"{}\" to pod running with different serviceaccount name.",
            account.name()
        )));
    }
    let (wanted, found) = (text(reference, "/uid"), &object.head.uid);
    if !wanted.is_empty() && wanted != found {
        let why = format!(
            "the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(Status::conflict(kind, name, &why));
    }
    let (name, uid) = (name.to_owned(), found.clone());
    Ok(match kind {
        "Node" => Bound::Node(name, uid),
        "Pod" => Bound::Pod(name, uid),
        _ => Bound::Secret(name, uid),
    })
}

fn invalid(cause: &Cause) -> Status {
    Status::invalid(
        "authentication.k8s.io",
        "TokenRequest",
        "",
        std::slice::from_ref(cause),
    )
}

fn unreadable(field: &str, wanted: &str) -> Status {
    Status::bad_request(format!(
        "TokenRequest in version \"v1\" cannot be handled as a TokenRequest: json: cannot unmarshal into field TokenRequestSpec.spec.{field} of type {wanted}"
    ))
}

const VERSION: &str = "authentication.k8s.io/v1";
// The API's own default.
const DEFAULT_SECONDS: i64 = 3600;
