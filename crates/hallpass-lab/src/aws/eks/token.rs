//! The token that `aws eks get-token` makes: a presigned call of `GetCallerIdentity` which the cluster
//! has STS answer.
//!
//! Source: kubernetes-sigs/aws-iam-authenticator, README and `pkg/token`.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Uri;

use super::access_entries::{SESSION, username};
use super::access_policies::POLICIES;
use crate::aws::call::{Call, Input};
use crate::aws::caller::Caller;
use crate::aws::front::Service;
use crate::aws::params::Params;
use crate::aws::signature;
use crate::captive::is_sts_host;
use crate::chance;
use crate::identity::CLUSTER;
use crate::sessions::SessionPrincipal;
use crate::store::State;
use crate::world::World;

/// Who a token is of, as the cluster knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenUser {
    /// The user's name.
    pub(crate) name: String,
    /// `aws-iam-authenticator:ACCOUNT:ID`.
    pub(crate) uid: String,
    /// The groups that the access entry names.
    pub(crate) groups: Vec<String>,
    /// What the authenticator knows besides.
    pub(crate) extra: BTreeMap<String, Vec<String>>,
}

/// The user of a token; nothing where it is another kind of token, else what is wrong with it.
pub(crate) fn token_user(world: &Arc<World>, token: &str) -> Option<Result<TokenUser, String>> {
    let encoded = token.strip_prefix(PREFIX)?;
    Some(caller(world, encoded).and_then(|caller| known(world, &caller)))
}

/// Who signed the call in the token.
fn caller(world: &Arc<World>, encoded: &str) -> Result<Caller, String> {
    if encoded.len() > MAX_TOKEN {
        return Err("the token is longer than any that a client makes".to_owned());
    }
    let uri: Uri = URL_SAFE_NO_PAD
        .decode(encoded)
        .ok()
        .and_then(|bytes| Uri::from_maybe_shared(Bytes::from(bytes)).ok())
        .ok_or("the token is no encoded URL")?;
    let authority = uri.authority().ok_or("the token's URL has no host")?;
    let is_here = authority.as_str() == world.doors.aws.to_string()
        || is_sts_host(&world.identity, authority.host());
    if !is_here {
        return Err(format!("`{authority}` is not the lab's STS"));
    }
    let query = uri.query().unwrap_or_default();
    let params = Params::parse(query.as_bytes()).map_err(|error| error.message)?;
    let is_whoami = uri.path() == "/" && params.get("Action") == Some("GetCallerIdentity");
    if !is_whoami {
        return Err("the token is another call than GetCallerIdentity".to_owned());
    }
    let is_signed = params
        .get("X-Amz-SignedHeaders")
        .is_some_and(|headers| headers.split(';').any(|name| name == CLUSTER_HEADER));
    if !is_signed {
        return Err(format!("`{CLUSTER_HEADER}` is not signed"));
    }
    let request = http::Request::get(uri.clone())
        .header(http::header::HOST, authority.as_str())
        .header(CLUSTER_HEADER, CLUSTER)
        .body(())
        .map_err(|error| error.to_string())?;
    let (parts, ()) = request.into_parts();
    let call = Call::new(
        Arc::clone(world),
        chance::uuid(&*world.chance),
        Service::Sts,
        "GetCallerIdentity".to_owned(),
        Input::Query(params),
    );
    // The authenticator takes a token for fifteen minutes, whatever its URL says of itself, and STS does
    // not look at that either.
    signature::authenticate_within(&call, &parts, LIFETIME_SECONDS).map_err(|error| error.message)
}

/// The user that the caller's access entry makes of it.
fn known(world: &World, caller: &Caller) -> Result<TokenUser, String> {
    let entry = world
        .store
        .read(|state: &State| state.access_entries.get(caller.principal_arn()).cloned())
        .ok_or_else(|| format!("there is no access entry for {}", caller.principal_arn()))?;
    let session = match caller.session.as_ref().map(|session| &session.principal) {
        Some(SessionPrincipal::Role { session_name, .. }) => session_name.as_str(),
        Some(SessionPrincipal::User { .. }) | None => "",
    };
    let id = caller.user_id().split(':').next().unwrap_or_default();
    let extra = [
        ("accessKeyId", caller.access_key_id.as_str()),
        ("arn", caller.arn()),
        (PRINCIPAL, caller.principal_arn()),
        ("principalId", id),
        ("sessionName", session),
    ];
    Ok(TokenUser {
        name: username(&entry).replace(SESSION, session),
        uid: format!("{UID}{}:{id}", caller.account()),
        groups: entry.groups.clone(),
        extra: extra
            .into_iter()
            .map(|(key, value)| (key.to_owned(), vec![value.to_owned()]))
            .collect(),
    })
}

/// The cluster roles that the access policies of a user's entry stand for, in a namespace, or at the
/// cluster's scope where that is empty; each with its policy. The user is known by what its token has
/// told of it.
pub(crate) fn policy_roles(
    state: &State,
    uid: &str,
    extra: &BTreeMap<String, Vec<String>>,
    namespace: &str,
) -> Vec<(&'static str, &'static str)> {
    let principal = extra.get(PRINCIPAL).and_then(|values| values.first());
    let entry = principal
        .filter(|_| uid.starts_with(UID))
        .and_then(|principal| state.access_entries.get(principal));
    let policies = entry.into_iter().flat_map(|entry| &entry.policies);
    let in_force = policies.filter(|(_, policy)| {
        let namespaces = policy.namespaces.as_ref();
        namespaces.is_none_or(|all| all.iter().any(|one| is_matched(one, namespace)))
    });
    in_force
        .filter_map(|(arn, _)| {
            let name = arn.rsplit('/').next()?;
            POLICIES.into_iter().find(|(policy, _)| *policy == name)
        })
        .collect()
}

/// A namespace of a scope may end in `*`.
fn is_matched(pattern: &str, namespace: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => !namespace.is_empty() && namespace.starts_with(prefix),
        None => pattern == namespace,
    }
}

const UID: &str = "aws-iam-authenticator:";
const PRINCIPAL: &str = "canonicalArn";
const PREFIX: &str = "k8s-aws-v1.";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
const LIFETIME_SECONDS: i64 = 15 * 60;
// The authenticator's own bound.
const MAX_TOKEN: usize = 4 * 4096;
