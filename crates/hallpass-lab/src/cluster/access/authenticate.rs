//! Who calls, by the credentials shown.

use std::sync::Arc;
use std::time::Duration;

use hallpass_oidc::{Claims, TokenError, UnverifiedToken};
use hallpass_types::{Secret, ServiceAccountName};
use http::request::Parts;
use serde_json::Value;

use super::super::objects::{self, text};
use super::super::status::Status;
use super::caller::Caller;
use super::certificate::CertificateUser;
use crate::aws::eks::{TokenUser, token_user};
use crate::world::World;

/// Establishes who calls: by a client certificate, or else by a bearer token. Credentials that are
/// no good are refused; without any, nobody in particular calls.
pub(in super::super) fn authenticate(world: &Arc<World>, parts: &Parts) -> Result<Caller, Status> {
    if let Some(CertificateUser(caller)) = parts.extensions.get() {
        return Ok(caller.clone());
    }
    let Some(given) = parts.headers.get(http::header::AUTHORIZATION) else {
        return Ok(Caller::anonymous());
    };
    let token = given
        .to_str()
        .ok()
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        })
        .ok_or_else(|| Status::unauthorized("the credentials are not a bearer token"))?;
    let audience = world.identity.issuer_url();
    by_token(world, token, &[audience])
        .map(|(user, _)| user)
        .map_err(Status::unauthorized)
}

/// The user of a token that is for one of `audiences`, and those of them that it is for; or what is
/// wrong with it.
pub(in super::super) fn by_token(
    world: &Arc<World>,
    token: &str,
    audiences: &[String],
) -> Result<(Caller, Vec<String>), String> {
    let own = world.identity.issuer_url();
    let is_administrator = world.store.read(|state| {
        state
            .settings
            .get(ADMINISTRATOR_TOKEN)
            .is_some_and(|own| Secret::new(own.value.clone()).equals(token.as_bytes()))
    });
    if is_administrator && audiences.contains(&own) {
        return Ok((Caller::administrator(), vec![own]));
    }
    if let Some(user) = token_user(world, token) {
        // Such a token is for this cluster, which its signed header names, and for nobody else.
        if !audiences.contains(&own) {
            return Err("the token is for the cluster's API alone".to_owned());
        }
        return user.map(|user| (by_aws(user), vec![own]));
    }
    account(world, token, audiences)
}

/// A principal of AWS, as its access entry lets it in.
fn by_aws(user: TokenUser) -> Caller {
    let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
    Caller {
        uid: user.uid,
        extra: user.extra,
        ..Caller::authenticated(user.name, &groups)
    }
}

/// The service account that a token of this cluster is of.
fn account(
    world: &World,
    token: &str,
    audiences: &[String],
) -> Result<(Caller, Vec<String>), String> {
    let issuer = world.identity.issuer_url();
    let keys = world.cluster.keys().map_err(|error| error.to_string())?;
    let said = |error: TokenError| error.to_string();
    let token = UnverifiedToken::parse(token).map_err(said)?;
    if token.issuer().map_err(said)? != issuer {
        return Err("the token is not of this cluster's issuer".to_owned());
    }
    let token = token.verify_signature(&keys.public).map_err(said)?;
    token
        .check_times(world.now_of("kubernetes"), Duration::ZERO)
        .map_err(said)?;
    token.check_audience(audiences).map_err(said)?;
    let claims = token.into_claims();
    let bound = claims.get("kubernetes.io").unwrap_or(&Value::Null);
    let name = ServiceAccountName::new(
        text(bound, "/namespace"),
        text(bound, "/serviceaccount/name"),
    )
    .map_err(|error| error.to_string())?;
    let uid = text(bound, "/serviceaccount/uid");
    world.store.read(|state| {
        let known = objects::account(state, &name)
            .ok_or_else(|| format!("the service account `{name}` is gone"))?;
        if known.head.uid != uid {
            return Err(format!("the service account `{name}` is another by now"));
        }
        for (kind, resource, namespace) in BOUND {
            let named = text(bound, &format!("/{kind}/name"));
            // A node is named for information where the token is bound to a pod.
            if named.is_empty() || kind == "node" && bound.get("pod").is_some() {
                continue;
            }
            let namespace = if namespace { name.namespace() } else { "" };
            objects::get(state, "", resource, namespace, named)
                .filter(|known| known.head.uid == text(bound, &format!("/{kind}/uid")))
                .ok_or_else(|| {
                    format!("the {kind} `{named}`, to which the token is bound, is gone")
                })?;
        }
        Ok(())
    })?;
    let meant = claims.aud();
    let common = audiences
        .iter()
        .filter(|audience| meant.contains(&audience.as_str()))
        .cloned()
        .collect();
    Ok((known_as(&name, uid, &claims, bound), common))
}

/// The account, with what its token says of where it is used.
fn known_as(name: &ServiceAccountName, uid: &str, claims: &Claims, bound: &Value) -> Caller {
    let mut user = Caller::account(name, uid);
    let mut tell = |key: &str, value: &str| {
        if !value.is_empty() {
            let key = format!("authentication.kubernetes.io/{key}");
            user.extra.insert(key, vec![value.to_owned()]);
        }
    };
    if let Some(id) = claims.get("jti").and_then(Value::as_str) {
        tell("credential-id", &format!("JTI={id}"));
    }
    for kind in ["node", "pod"] {
        tell(
            &format!("{kind}-name"),
            text(bound, &format!("/{kind}/name")),
        );
        tell(&format!("{kind}-uid"), text(bound, &format!("/{kind}/uid")));
    }
    user
}

// What a token can be bound to, by its claim: the resource, and whether that is namespaced.
const BOUND: [(&str, &str, bool); 3] = [
    ("node", "nodes", false),
    ("pod", "pods", true),
    ("secret", "secrets", true),
];

/// The setting that holds the token of the kubeconfig.
pub(in super::super) const ADMINISTRATOR_TOKEN: &str = "cluster-administrator-token";
