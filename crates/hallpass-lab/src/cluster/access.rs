//! Who calls the API, and whether they may.
//!
//! The administrator of the kubeconfig is of `system:masters`, and may do all. Service accounts are
//! known by their tokens and may do nothing, as in a cluster that has no role bindings for them.
//! Source: Kubernetes documentation, "Authenticating", "Using RBAC Authorization".

use std::time::Duration;

use hallpass_oidc::{TokenError, UnverifiedToken};
use hallpass_types::{Secret, ServiceAccountName};
use http::HeaderMap;
use serde_json::{Value, json};

use super::objects::{self, text};
use super::request::{Target, Verb};
use super::status::Status;
use crate::events::DecisionRecord;
use crate::world::World;

/// Who calls.
#[derive(Debug)]
pub(super) enum Caller {
    /// Whoever has the kubeconfig.
    Administrator,
    /// A service account.
    Account(ServiceAccountName),
}

impl Caller {
    /// The user's name, as Kubernetes writes it.
    pub(super) fn user(&self) -> String {
        match self {
            Self::Administrator => "kubernetes-admin".to_owned(),
            Self::Account(name) => name.subject(),
        }
    }
}

/// Establishes who calls, by the bearer token.
pub(super) fn authenticate(world: &World, headers: &HeaderMap) -> Result<Caller, Status> {
    let token = headers
        .get(http::header::AUTHORIZATION)
        .ok_or_else(|| Status::unauthorized("no credentials were given"))?
        .to_str()
        .ok()
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        })
        .ok_or_else(|| Status::unauthorized("the credentials are not a bearer token"))?;
    let is_administrator = world.store.read(|state| {
        state
            .settings
            .get(ADMINISTRATOR_TOKEN)
            .is_some_and(|own| Secret::new(own.value.clone()).equals(token.as_bytes()))
    });
    if is_administrator {
        return Ok(Caller::Administrator);
    }
    account(world, token)
        .map(Caller::Account)
        .map_err(Status::unauthorized)
}

/// Whether the caller may; the decision, and where it is no, what goes out.
pub(super) fn authorize(
    caller: &Caller,
    verb: Verb,
    target: &Target,
) -> (DecisionRecord, Result<(), Status>) {
    let record = |decision, summary: String| DecisionRecord {
        action: verb.as_str().to_owned(),
        resource: target.display(),
        decision,
        summary,
        explanation: json!([]),
    };
    let name = match caller {
        Caller::Administrator => {
            let summary = "the group `system:masters` may do all".to_owned();
            return (record("Allow", summary), Ok(()));
        }
        Caller::Account(name) => name,
    };
    let resource = match &target.subresource {
        Some(subresource) => format!("{}/{subresource}", target.resource),
        None => target.resource.clone(),
    };
    let scope = if target.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", target.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{resource}\" in API group \"{}\" {scope}",
        name.subject(),
        verb.as_str(),
        target.group
    );
    let status = Status::forbidden(&target.qualified(), target.name(), &why);
    let summary = "no role binding gives it that".to_owned();
    (record("ImplicitDeny", summary), Err(status))
}

/// The service account that a token of this cluster, for this API, is of; or what is wrong with it.
fn account(world: &World, token: &str) -> Result<ServiceAccountName, String> {
    let issuer = world.identity.issuer_url();
    let keys = world.cluster.keys().map_err(|error| error.to_string())?;
    let said = |error: TokenError| error.to_string();
    let token = UnverifiedToken::parse(token).map_err(said)?;
    if token.issuer().map_err(said)? != issuer {
        return Err("the token is not of this cluster's issuer".to_owned());
    }
    let token = token.verify_signature(&keys.public).map_err(said)?;
    token
        .check_times(world.now(), Duration::ZERO)
        .map_err(said)?;
    token.check_audience(&[issuer]).map_err(said)?;
    let claims = token.into_claims();
    let bound = claims.get("kubernetes.io").unwrap_or(&Value::Null);
    let name = ServiceAccountName::new(
        text(bound, "/namespace"),
        text(bound, "/serviceaccount/name"),
    )
    .map_err(|error| error.to_string())?;
    world.store.read(|state| {
        let known = objects::account(state, &name)
            .ok_or_else(|| format!("the service account `{name}` is gone"))?;
        if known.head.uid != text(bound, "/serviceaccount/uid") {
            return Err(format!("the service account `{name}` is another by now"));
        }
        let pod = text(bound, "/pod/name");
        if pod.is_empty() {
            return Ok(());
        }
        objects::get(state, "", "pods", name.namespace(), pod)
            .filter(|known| known.head.uid == text(bound, "/pod/uid"))
            .map(drop)
            .ok_or_else(|| format!("the pod `{pod}`, to which the token is bound, is gone"))
    })?;
    Ok(name)
}

/// The setting that holds the token of the kubeconfig.
pub(super) const ADMINISTRATOR_TOKEN: &str = "cluster-administrator-token";
